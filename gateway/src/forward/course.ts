import { type ClientError, malformedProblem } from '@gatehouse/service-kit'
import { probe } from '../clients/half-close.ts'
import { waitNoMore, waitOn } from '../clients/waiting.ts'
import type { RetryBudget } from '../policy/retry.ts'
import type { Route } from '../table/route.ts'
import { answerProblem } from './answer.ts'
import { breakOff } from './endings.ts'
import type { Exchange } from './exchange.ts'
import { failureOf } from './failures.ts'
import { Patience } from './patience.ts'
import type { Controller } from './pieces.ts'
import { Tries } from './tries.ts'

type Listener = (exchange: Exchange) => void

export interface Terms {
  route: Route
  /** Longest silence of the client in its body, in ms. */
  stallMs: number
  /** Asks the upstream once more. */
  again: () => void
  budget: RetryBudget
  /** Told once, when the answer is out or has failed. */
  done: Listener
  /** Told when the upstream answers 2xx. */
  succeeded: Listener
}

/** The client went away: nobody is left to answer. */
const clientLeft = new Error('the client left')
/** The upstream has had its time for this try, and is asked once more. */
const abandoned = new Error('this try was given up')

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
  protected readonly terms: Terms
  protected readonly patience: Patience
  #tries: Tries | null = null
  #controller: Controller | null = null
  #isOver = false
  #isAnswered = false

  constructor(exchange: Exchange, terms: Terms) {
    this.exchange = exchange
    this.terms = terms
    this.patience = new Patience(this, terms.route, terms.stallMs)
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

  /** Its answer has begun, though the client has nothing of it yet: it is not asked for again (PROMISES G3). */
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
    exchange.reason = problem.slug
    if (exchange.response.headersSent) breakOff(exchange)
    else answerProblem(exchange, problem)
    this.terms.done(exchange)
  }

  /** From here on nothing is awaited, neither of the client nor of the upstream. */
  protected over() {
    this.#isOver = true
    waitNoMore(this.exchange.request.socket, this)
    this.patience.stop()
  }

  /** Begins another attempt where one may be; the timer runs on. */
  #retries(error: Error): boolean {
    this.#tries ??= new Tries(this.exchange, this.terms)
    const repeated = this.#controller?.repeated === true
    const waitMs = this.#isAnswered ? null : this.#tries.next(error, repeated)
    if (waitMs === null) return false
    this.#controller = null
    this.patience.tries(false)
    setTimeout(() => this.#isOver || this.terms.again(), waitMs)
    return true
  }
}
