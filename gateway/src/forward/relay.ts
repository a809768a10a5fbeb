import { probe } from '../clients/half-close.ts'
import { waitNoMore, waitOn } from '../clients/waiting.ts'
import type { RetryBudget } from '../policy/retry.ts'
import type { Route } from '../table/route.ts'
import type { Handler } from '../upstreams/http1/call.ts'
import { answerProblem } from './answer.ts'
import { dropBody } from './drop-body.ts'
import { breakOff, plainPhrase } from './endings.ts'
import type { Exchange } from './exchange.ts'
import { failureOf } from './failures.ts'
import { writeHint } from './hint.ts'
import { Patience } from './patience.ts'
import { type Controller, passLast, passPiece } from './pieces.ts'
import { responseHeaders } from './response-headers.ts'
import { Tries } from './tries.ts'

type Listener = (exchange: Exchange) => void

interface Options {
  route: Route
  /** Longest silence of the client in its body, in ms. */
  stallMs: number
  /** Asks the upstream once more. */
  again: (relay: Relay) => void
  budget: RetryBudget
  /** Told once, when the answer is out or has failed. */
  done: Listener
  /** Told when the upstream answers 2xx. */
  succeeded: Listener
}

type Parsed = Record<string, string | string[] | undefined>

/** How long a header section waits for its body, in ms. */
const mostHeadDelayMs = 200

/** The client went away: nobody is left to answer. */
const clientLeft = new Error('the client left')
/** The upstream has had its time for this try, and is asked once more. */
const abandoned = new Error('this try was given up')

/**
 * Carries one answer from the upstream to the client as it comes. A class, where all else but errors is functions:
 * one object a request with its methods on the prototype is what the fast path can afford.
 */
export class Relay implements Handler {
  readonly exchange: Exchange
  /** Writes something that means nothing, into an answer where such a thing may stand. */
  beat: (() => void) | null = null
  readonly #options: Options
  readonly #patience: Patience
  #tries: Tries | null = null
  #controller: Controller | null = null
  #remaining = -1
  #ended = false
  #isAnswered = false

  constructor(exchange: Exchange, options: Options) {
    this.exchange = exchange
    this.#options = options
    this.#patience = new Patience(this, options.route, options.stallMs)
    waitOn(exchange.request.socket, this)
  }

  /** What was asked, from the moment that it waits for a connection. */
  asked(controller: Controller) {
    if (this.#ended) controller.abort(clientLeft)
    else this.#controller = controller
  }

  onRequestStart(controller: Controller) {
    this.#controller = controller
    this.#patience.tries(true)
    if (this.#ended) controller.abort(clientLeft)
  }

  /** A body that moves is not a timeout. */
  onBodySent() {
    this.#patience.bodyMoved()
  }

  /** Asks anew where only the present try has had its time; ends the exchange otherwise. */
  overdue(error: Error) {
    const controller = this.#controller
    if (!this.#retries(error)) return this.fail(error)
    controller?.abort(abandoned)
    this.#patience.go(0)
  }

  onResponseStart(controller: Controller, status: number, parsed: Parsed, phrase?: string) {
    if (status < 200) return this.#hint(status, parsed)
    const { exchange } = this
    // What refuses a stream is an answer like any other, with an end in time.
    if (this.#options.route.stream === 'sse' && status < 300) this.#patience.stop()
    if (status < 300) this.#options.succeeded(exchange)
    const raw = controller.rawHeaders as Buffer[]
    const { lines, framing, length } = responseHeaders(exchange, raw, status)
    this.#remaining = length
    exchange.response.lines = lines
    exchange.response.writeHead(status, plainPhrase(phrase), framing)
    // The upstream has answered without awaiting the whole body; the rest of it is for nobody.
    if (!exchange.request.complete) dropBody(exchange.request)
  }

  /**
   * The body takes its time; the client hears that it is coming. Not at once, for most bodies are on their way, and not
   * where the client sent a FIN: this is what it is asked with whether it still reads.
   */
  onHeadAlone() {
    const { request, response } = this.exchange
    const tell = () => this.#ended || request.socket.readableEnded || response.flushHeaders()
    setTimeout(tell, mostHeadDelayMs).unref()
  }

  /** Its answer has begun, though the client has nothing of it yet: it is not asked for again (PROMISES G3). */
  answered() {
    this.#isAnswered = true
    this.#patience.tries(false)
  }

  onResponseData(controller: Controller, chunk: Buffer) {
    const { response } = this.exchange
    if (this.#remaining >= 0) this.#remaining -= chunk.length
    if (this.#remaining === 0) {
      this.#over()
      passLast(response, controller, chunk)
      return this.#options.done(this.exchange)
    }
    this.#patience.answerMoved(chunk.length)
    passPiece(response, controller, chunk)
  }

  onResponseEnd() {
    if (this.#ended) return
    this.#over()
    this.exchange.response.end()
    this.#options.done(this.exchange)
  }

  onResponseError(_controller: Controller | null, error: Error) {
    if (this.#ended || error === abandoned || this.#retries(error)) return
    this.#over()
    const { exchange } = this
    const problem = failureOf(error)
    exchange.reason = problem.slug
    if (exchange.response.headersSent) breakOff(exchange)
    else answerProblem(exchange, problem)
    this.#options.done(exchange)
  }

  /** Ends the exchange with a failure, whether the upstream has been asked already or not. */
  fail(error: Error) {
    const controller = this.#controller
    this.onResponseError(null, error)
    controller?.abort(error)
  }

  /** Ends the exchange with an answer made here instead of the upstream's. */
  finish(send: (exchange: Exchange) => void) {
    this.leave(() => {
      send(this.exchange)
      this.#options.done(this.exchange)
    })
  }

  /** Leaves the exchange to `take`, unless it is over: what becomes of it is no longer told from here. */
  leave(take: () => void) {
    if (this.#ended) return
    this.#over()
    take()
  }

  get isOver(): boolean {
    return this.#ended
  }

  /** The client sent a FIN, which may or may not be its end. */
  clientSendsNoMore() {
    probe(this.exchange, { isOver: () => this.#ended, beat: this.beat })
  }

  /** Whoever asked is no longer there; what is over by then has been told already. */
  clientClosed() {
    if (this.#ended) return
    this.#over()
    this.exchange.reason = 'client-left'
    this.#controller?.abort(clientLeft)
    this.#options.done(this.exchange)
  }

  /** Begins another attempt where one may be; the timer runs on. */
  #retries(error: Error): boolean {
    this.#tries ??= new Tries(this.exchange, this.#options)
    const repeated = this.#controller?.repeated === true
    const waitMs = this.#isAnswered ? null : this.#tries.next(error, repeated)
    if (waitMs === null) return false
    this.#controller = null
    this.#patience.tries(false)
    setTimeout(() => this.#ended || this.#options.again(this), waitMs)
    return true
  }

  /** RFC 9110 15.2: of the interim answers, 103 is of use to a client; the others were for the gateway. */
  #hint(status: number, { link }: Parsed) {
    if (status !== 103 || link === undefined) return
    this.#isAnswered = true
    writeHint(this.exchange, link)
  }

  #over() {
    this.#ended = true
    waitNoMore(this.exchange.request.socket, this)
    this.#patience.stop()
  }
}
