import type { ServerResponse } from 'node:http'
import type { Handler } from '@gatehouse/http1-client/request'
import { type ClientError, malformedProblem, ProblemError } from '@gatehouse/service-kit'
import type { Dispatcher } from 'undici'
import { badToken } from '../../auth/authorize.ts'
import type { Exchange } from '../../exchange.ts'
import { safeMethods } from '../../http/protocol.ts'
import { answerProblem } from '../../respond.ts'
import type { Route } from '../../route-table/types.ts'
import { waitNoMore, waitOn } from '../../server/client-connection.ts'
import { probe } from '../../server/half-close.ts'
import { abortResponse, dropBody, plainPhrase } from '../../server/response.ts'
import { publicReference } from './path-rewrite.ts'
import { countPassed, type RequestBody } from './request-body.ts'
import { responseHeaders } from './response-headers.ts'
import { type RetryBudget, Tries } from './retry.ts'
import { type Deadlines, Patience } from './timeouts.ts'
import { failureOf, reasonOf, refusesSignature, signatureRefused } from './upstream-errors.ts'

/**
 * Sends early hints (RFC 8297): the links of an upstream's 103, as the client finds them. Written here because Node
 * takes only links of a form of its own, and drops the others. HTTP/1.0 knows no interim answers, and where the
 * client still awaits another answer there is no place for one.
 */
export function writeHint(exchange: Exchange, link: string | string[]) {
  const { request, response } = exchange
  if (request.httpVersionMinor === 0 || response.headersSent) return
  // Hints are a courtesy: who does not read is sent no more of them (guarantee F21).
  if (response.socket?.writableNeedDrain) return
  const lines = [link]
    .flat()
    .map((value) => `link: ${publicReference(exchange, 'link', value)}\r\n`)
    .join('')
  response.socket?.write(`HTTP/1.1 103 Early Hints\r\n${lines}\r\n`, 'latin1')
}

/** undici's, which leaves the memory of a piece to the collector; or our pool's, which reads into it again. */
export type Controller = Dispatcher.DispatchController & {
  keep?: () => () => void
  /** Whether our pool has begun it twice. */
  repeated?: boolean
}

/** How long an upstream waits with an answer whose turn on the client's connection has not come, in ms. */
const mostQueuedMs = 60_000
const smallBytes = 8192

const queued = new ProblemError(408, 'request-timeout', 'The answer before it was not read.')

/** What to call when the piece is out. */
function keep(controller: Controller, piece: Buffer) {
  if (controller.keep) return controller.keep()
  countPassed(piece.length)
  return undefined
}

/** Passes a piece of a body on, and lets the upstream wait while the client does not take it. */
export function passPiece(response: ServerResponse, controller: Controller, piece: Buffer) {
  if (response.write(piece, keep(controller, piece)) || controller.paused) return
  controller.pause()
  // Who does not read on its turn is cut off (guarantee F20); others wait for the upstream's connection until then.
  const behind = response.socket ? undefined : setTimeout(giveUp, mostQueuedMs).unref()
  function giveUp() {
    if (!response.socket) controller.abort(queued)
  }
  response.once('drain', () => {
    clearTimeout(behind)
    controller.resume()
  })
  // The client may leave before; the timer would keep what waits here.
  if (behind) response.once('close', () => clearTimeout(behind))
}

/** Passes the last piece on. As text a small one leaves together with the header section; bytes would be a second write. */
export function passLast(response: ServerResponse, controller: Controller, piece: Buffer) {
  if (piece.length < smallBytes) response.end(piece.toString('latin1'), 'latin1')
  else response.end(piece, keep(controller, piece))
}

type Listener = (exchange: Exchange) => void

export interface Terms {
  route: Route
  /** Longest silence of the client in its body, in ms. */
  stallMs: number
  /** Asks the upstream once more. */
  again: () => void
  budget: RetryBudget
  /** Of all requests under way. */
  deadlines: Deadlines
  /** Whether the session of the request is revoked. */
  isRevoked: (exchange: Exchange) => boolean
  /** Told once, when the answer is out or has failed. */
  done: Listener
  /** Told when the upstream answers 2xx. */
  succeeded: Listener
}

/** The client went away: nobody is left to answer. */
const clientLeft = new Error('the client left')
/** The upstream has had its time for this try, and is asked once more. */
const abandoned = new Error('this try was given up')

/** Why a request ends whose session was revoked after it had been let through. */
export function revoked({ claims }: Exchange): ProblemError {
  return badToken(claims ? { user_id: claims.sub, session_id: claims.sid } : undefined)
}

/** In the log alone, where nobody was there to be answered; nginx says it so. */
const notAnswered = 499

/**
 * What becomes of an exchange that was forwarded: it is tried, may be tried again, and is over once, by an answer, a
 * failure, or a client that leaves. A class for the reason that Relay is one.
 */
export class Course {
  readonly exchange: Exchange
  /** Writes something that means nothing, into an answer where such a thing may stand. */
  beat: (() => void) | null = null
  /** The body of the request; null where it has none. */
  body: RequestBody | null = null
  protected readonly terms: Terms
  protected readonly patience: Patience
  #tries: Tries | null = null
  #controller: Controller | null = null
  #isOver = false
  #isAnswered = false

  constructor(exchange: Exchange, terms: Terms) {
    this.exchange = exchange
    this.terms = terms
    this.patience = new Patience(this, terms)
    waitOn(exchange.request.socket, this)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** What was asked, from the moment that it waits for a connection. */
  asked(controller: Controller) {
    if (this.#isOver) controller.abort(clientLeft)
    else this.#controller = controller
  }

  /** Its answer has begun, though the client has nothing of it yet: it is not asked for again (guarantee G3). */
  answered() {
    this.#isAnswered = true
    this.patience.tries(false)
  }

  /** Asks anew where only the present try has had its time; ends the exchange otherwise. */
  overdue(error: Error) {
    const controller = this.#controller
    if (!this.#retries(error)) return this.fail(error)
    controller?.abort(abandoned)
    this.patience.go(0)
  }

  /** Ends the exchange with a failure, whether the upstream has been asked already or not. */
  fail(error: Error) {
    const controller = this.#controller
    this.tryFailed(error)
    controller?.abort(error)
  }

  /** Ends the exchange with an answer made here instead of the upstream's. */
  finish(send: Listener) {
    this.leave(() => {
      send(this.exchange)
      this.terms.done(this.exchange)
    })
  }

  /** Leaves the exchange to `take`, unless it is over: what becomes of it is no longer told from here. */
  leave(take: () => void) {
    if (this.#isOver) return
    this.over()
    take()
  }

  /**
   * The session is revoked. A request that the upstream has whole is ended only where that changes nothing but what the
   * client reads: whether a write took place, the upstream alone knows. A route that revokes sessions reports what it did.
   */
  sessionRevoked() {
    const { request } = this.exchange
    const isSent = this.#controller !== null && request.complete
    const isRead = safeMethods.has(request.method ?? '') && this.terms.route.revoke === null
    if (!isSent || isRead) this.fail(revoked(this.exchange))
  }

  /** Its client holds a slot that others wait for, and moves nothing: it gets a 408, or loses a response that it does not read. */
  clientStalled(error: Error) {
    const { response, request } = this.exchange
    if (!response.headersSent) return this.fail(error)
    this.leave(() => {
      this.exchange.reason = 'slow-client'
      this.#controller?.abort(error)
      request.socket.destroy()
      this.terms.done(this.exchange)
    })
  }

  /** The client sent a FIN, which may or may not be its end. */
  clientSendsNoMore() {
    probe(this.exchange, { isOver: () => this.#isOver, beat: this.beat })
  }

  /** Where the request itself breaks off its answer is the refusal; what is broken behind it is none of its business. */
  clientBroke(error: ClientError) {
    const { request, response } = this.exchange
    const isOurs = !request.complete && !response.headersSent && error.code !== 'ECONNRESET'
    if (isOurs) this.fail(malformedProblem(error))
  }

  /** Whoever asked is no longer there; what is over by then has been told already. */
  clientClosed() {
    if (this.#isOver) return
    this.over()
    if (!this.exchange.response.headersSent) this.exchange.response.statusCode = notAnswered
    this.exchange.reason = 'client-left'
    this.#controller?.abort(clientLeft)
    this.terms.done(this.exchange)
  }

  /** Begins another try where one may be; otherwise the client hears of the failure. */
  protected tryFailed(error: Error) {
    if (this.#isOver || error === abandoned || this.#retries(error)) return
    this.over()
    const { exchange } = this
    const problem = failureOf(error)
    exchange.reason = reasonOf(problem)
    if (exchange.response.headersSent) abortResponse(exchange)
    else answerProblem(exchange, problem)
    this.terms.done(exchange)
  }

  /** From here on nothing is awaited, neither of the client nor of the upstream. */
  protected over() {
    this.#isOver = true
    waitNoMore(this.exchange.request.socket, this)
    this.patience.stop()
    this.body?.discard()
  }

  /** Begins another attempt where one may be; the timer runs on. */
  #retries(error: Error): boolean {
    this.#tries ??= new Tries(this.exchange, this.terms)
    const repeated = this.#controller?.repeated === true
    const isBodyGone = this.body?.isGone === true
    const waitMs = this.#isAnswered ? null : this.#tries.next(error, { repeated, isBodyGone })
    if (waitMs === null) return false
    this.#controller = null
    this.patience.tries(false)
    setTimeout(() => this.#isOver || this.terms.again(), waitMs)
    return true
  }
}

type Parsed = Record<string, string | string[] | undefined>

/** How long a header section waits for its body, in ms. */
const mostHeadDelayMs = 200

/**
 * Carries one answer from the upstream to the client as it comes. A class, where all else but errors is functions:
 * one object a request with its methods on the prototype is what the fast path can afford.
 */
export class Relay extends Course implements Handler {
  /** Bytes of the answer's body that are to come; negative where its length was not said. */
  #remaining = -1

  onRequestStart(controller: Controller) {
    this.patience.tries(true)
    this.asked(controller)
    // The request may have waited for its connection.
    if (this.terms.isRevoked(this.exchange)) this.fail(revoked(this.exchange))
  }

  /** A body that moves is not a timeout. */
  onBodySent() {
    this.patience.bodyMoved()
  }

  onResponseStart(controller: Controller, status: number, parsed: Parsed, phrase?: string) {
    if (status < 200) return this.#hint(status, parsed)
    const raw = controller.rawHeaders as Buffer[]
    if (status === 401 && refusesSignature(raw)) return this.fail(signatureRefused())
    const { exchange, terms } = this
    // What refuses a stream is an answer like any other, with an end in time.
    if (terms.route.stream === 'sse' && status < 300) this.patience.stop()
    if (status < 300) terms.succeeded(exchange)
    const { lines, framing, length } = responseHeaders(exchange, raw, status)
    this.#remaining = length
    exchange.response.lines = lines
    exchange.response.hasLength = length >= 0
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
    const tell = () => this.isOver || request.socket.readableEnded || response.flushHeaders()
    setTimeout(tell, mostHeadDelayMs).unref()
  }

  onResponseData(controller: Controller, chunk: Buffer) {
    const { response } = this.exchange
    if (this.#remaining >= 0) this.#remaining -= chunk.length
    if (this.#remaining === 0) {
      this.over()
      passLast(response, controller, chunk)
      return this.terms.done(this.exchange)
    }
    this.patience.answerMoved(chunk.length)
    passPiece(response, controller, chunk)
  }

  onResponseEnd() {
    if (this.isOver) return
    this.over()
    this.exchange.response.end()
    this.terms.done(this.exchange)
  }

  onResponseError(_controller: Controller | null, error: Error) {
    this.tryFailed(error)
  }

  /** RFC 9110 15.2: of the interim answers, 103 is of use to a client; the others were for the gateway. */
  #hint(status: number, { link }: Parsed) {
    if (status !== 103 || link === undefined) return
    this.answered()
    writeHint(this.exchange, link)
  }
}
