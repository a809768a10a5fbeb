import type { CallOptions, Handler } from '@gatehouse/http1-client/request'
import { type ClientError, malformedProblem, type ProblemError } from '@gatehouse/service-kit'
import type { Dispatcher } from 'undici'
import { invalidToken } from '../../auth/authorize.ts'
import type { Exchange } from '../../exchange.ts'
import { hasBody, safeMethods } from '../../http/protocol.ts'
import { answerProblem } from '../../respond.ts'
import type { Route } from '../../route-table/types.ts'
import { probe } from '../../server/half-close.ts'
import { abortResponse, dropBody, plainPhrase } from '../../server/response.ts'
import type { Pool } from '../../upstream/pools.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import { RequestBody } from './request-body.ts'
import { type Controller, passLast, passPiece, writeHint } from './response-body.ts'
import { responseHeaders } from './response-headers.ts'
import { Attempts, isIdempotent } from './retry.ts'
import { type Deadlines, ExchangeTimeouts } from './timeouts.ts'
import { failureOf, reasonOf, refusesSignature, signatureRefused } from './upstream-errors.ts'

type Parsed = Record<string, string | string[] | undefined>

/** What a route says of its proxy exchanges; made once for a route. */
export interface ProxyOptions {
  route: Route
  upstream: Upstream
  /** The connections of the upstream that the route uses. */
  pool: Pool
  /** Longest silence of a client in the middle of its body, in ms. */
  stallMs: number
  /** Of all requests under way. */
  deadlines: Deadlines
  /** Makes what stands between the upstream and the exchange; null where nothing does. */
  handlerFor: ((exchange: ProxyExchange) => Dispatcher.DispatchHandler) | null
  isRevoked: (exchange: Exchange) => boolean
  /** Called once, when the response has been sent or has failed. */
  done: (exchange: Exchange) => void
  /** Called when the upstream responds 2xx. */
  onSuccess: ((exchange: Exchange) => void) | null
}

const clientLeft = new Error('the client disconnected')
/** The upstream has had its time for this attempt, and is asked once more. */
const abandoned = new Error('this attempt was abandoned')

/** Why a request ends whose session was revoked after it had been let through. */
function revoked({ claims }: Exchange): ProblemError {
  return invalidToken(claims ? { user_id: claims.sub, session_id: claims.sid } : undefined)
}

/** In the log alone, where no client was there to be answered; nginx writes it so. */
const clientClosedRequest = 499
/** How long a header section waits for its body, in ms. */
const maxHeaderDelayMs = 200

/**
 * One exchange with an upstream: it is attempted, perhaps again, carries the response to the client as it comes, and is
 * over once, by a response, a failure, or a client that disconnects. A class, where most else is functions: one object a
 * request with its methods on the prototype is what the fast path can afford.
 */
export class ProxyExchange implements Handler {
  readonly exchange: Exchange
  /** Writes a comment into a response where one may stand; null for any other response. */
  heartbeat: (() => void) | null = null
  /** The body of the request; null where it has none. */
  body: RequestBody | null = null
  isOver = false
  readonly #options: ProxyOptions
  readonly #request: CallOptions
  readonly #timeouts: ExchangeTimeouts
  #attempts: Attempts | null = null
  #controller: Controller | null = null
  #isAnswered = false
  /** Bytes of the response's body that are to come; negative where its length is unknown. */
  #remaining = -1

  constructor(exchange: Exchange, options: ProxyOptions, request: CallOptions) {
    this.exchange = exchange
    this.#options = options
    this.#request = request
    this.#timeouts = new ExchangeTimeouts(this, options)
    exchange.connection.waitOn(this)
  }

  /** Sends the request: at once where it has no body, and when its body is whole, or large, otherwise. */
  start() {
    if (!hasBody(this.exchange.request)) return this.#send()
    const { route, isRevoked } = this.#options
    const { exchange } = this
    this.body = new RequestBody(exchange, {
      limitBytes: route.bodyBytes,
      repeatable: isIdempotent(exchange.request.method ?? '', route.idempotent),
      onPiece: () => this.onBodySent(),
      check: () => (isRevoked(exchange) ? revoked(exchange) : null)
    })
    this.#request.body = this.body
    this.body.collect((error) => {
      if (error) this.fail(error)
      else this.#send()
    })
  }

  #send() {
    const { pool, handlerFor } = this.#options
    const call = pool.dispatch(this.#request, handlerFor === null ? this : handlerFor(this))
    if (!call) return
    if (this.isOver) call.abort(clientLeft)
    else this.#controller = call
  }

  // What the upstream does.

  onRequestStart(controller: Controller) {
    this.#timeouts.attemptStarted(true)
    if (this.isOver) return controller.abort(clientLeft)
    this.#controller = controller
    // The request may have waited for its connection.
    if (this.#options.isRevoked(this.exchange)) this.fail(revoked(this.exchange))
  }

  /** A body that moves is not a timeout. */
  onBodySent() {
    this.#timeouts.bodyMoved()
  }

  onResponseStart(controller: Controller, status: number, parsed: Parsed, phrase?: string) {
    if (status < 200) return this.#hint(status, parsed)
    const raw = controller.rawHeaders as Buffer[]
    if (status === 401 && refusesSignature(raw)) return this.fail(signatureRefused())
    const { exchange } = this
    const { route, onSuccess } = this.#options
    // A response that refuses a stream is like any other, with an end in time.
    if (route.stream === 'sse' && status < 300) this.#timeouts.stop()
    if (onSuccess !== null && status < 300) onSuccess(exchange)
    const { lines, framing, length } = responseHeaders(exchange, raw, status)
    const { response, request } = exchange
    this.#remaining = length
    response.lines = lines
    response.hasLength = length >= 0
    response.writeHead(status, plainPhrase(phrase), framing)
    // The upstream has responded without awaiting the whole body; the rest of it is for nobody.
    if (!request.complete) dropBody(request)
  }

  /**
   * The body takes its time; the client gets the header section. Not at once, for most bodies are on their way, and not
   * where the client sent a FIN: this is what tells whether it still reads.
   */
  onHeadAlone() {
    const { request, response } = this.exchange
    const send = () => this.isOver || request.socket.readableEnded || response.flushHeaders()
    setTimeout(send, maxHeaderDelayMs).unref()
  }

  onResponseData(controller: Controller, chunk: Buffer) {
    const { response } = this.exchange
    if (this.#remaining >= 0) this.#remaining -= chunk.length
    if (this.#remaining === 0) {
      this.#end()
      passLast(response, controller, chunk)
      return this.#options.done(this.exchange)
    }
    this.#timeouts.responseMoved(chunk.length)
    passPiece(response, controller, chunk)
  }

  onResponseEnd() {
    if (this.isOver) return
    this.#end()
    this.exchange.response.end()
    this.#options.done(this.exchange)
  }

  /** Begins another attempt where one may be; otherwise the client gets the problem. */
  onResponseError(_controller: Controller | null, error: Error) {
    if (this.isOver || error === abandoned || this.#retries(error)) return
    this.#end()
    const { exchange } = this
    const problem = failureOf(error)
    exchange.reason = reasonOf(problem)
    if (exchange.response.headersSent) abortResponse(exchange)
    else answerProblem(exchange, problem)
    this.#options.done(exchange)
  }

  // What the client does.

  /** The client sent a FIN, which may or may not be its end. */
  clientSendsNoMore() {
    probe(this.exchange, { isOver: () => this.isOver, heartbeat: this.heartbeat })
  }

  /** A parse error inside this request's body fails this request; errors in later pipelined data do not. */
  clientBroke(error: ClientError) {
    const { request, response } = this.exchange
    const isOurs = !request.complete && !response.headersSent && error.code !== 'ECONNRESET'
    if (isOurs) this.fail(malformedProblem(error))
  }

  clientClosed() {
    if (this.isOver) return
    this.#end()
    if (!this.exchange.response.headersSent) this.exchange.response.statusCode = clientClosedRequest
    this.exchange.reason = 'client-left'
    this.#controller?.abort(clientLeft)
    this.#options.done(this.exchange)
  }

  /** The client holds a slot that others wait for, and moves nothing: it gets a 408, or loses a response that it does not read. */
  clientStalled(error: Error) {
    const { response, request } = this.exchange
    if (response.headersSent) {
      this.take(() => {
        this.exchange.reason = 'slow-client'
        this.#controller?.abort(error)
        request.socket.destroy()
        this.#options.done(this.exchange)
      })
    } else this.fail(error)
  }

  // What the gateway does.

  /**
   * The session is revoked. A request that the upstream has whole is ended only where that changes nothing but what the
   * client reads: whether a write took place, the upstream alone knows. A route that revokes sessions reports what it did.
   */
  sessionRevoked() {
    const { request } = this.exchange
    const isSent = this.#controller !== null && request.complete
    const isRead = safeMethods.has(request.method ?? '') && this.#options.route.revoke === null
    if (!isSent || isRead) this.fail(revoked(this.exchange))
  }

  /** A time limit has passed: asks anew where only the present attempt has had its time, ends the exchange otherwise. */
  timedOut(error: Error) {
    const controller = this.#controller
    if (!this.#retries(error)) return this.fail(error)
    controller?.abort(abandoned)
    this.#timeouts.extend(0)
  }

  /** The response has begun, though the client has nothing of it yet: there is no further attempt (guarantee G3). */
  answered() {
    this.#isAnswered = true
    this.#timeouts.attemptStarted(false)
  }

  /** Ends the exchange with a failure, whether the upstream has been asked already or not. */
  fail(error: Error) {
    const controller = this.#controller
    this.onResponseError(null, error)
    controller?.abort(error)
  }

  /** Ends the exchange with a response made here instead of the upstream's. */
  finish(send: (exchange: Exchange) => void) {
    this.take(() => {
      send(this.exchange)
      this.#options.done(this.exchange)
    })
  }

  /** Hands the exchange over to `next`, unless it is over: its further course is not reported from here. */
  take(next: () => void) {
    if (this.isOver) return
    this.#end()
    next()
  }

  /** From here on nothing is awaited, neither of the client nor of the upstream. */
  #end() {
    this.isOver = true
    this.exchange.connection.waitNoMore(this)
    this.#timeouts.stop()
    this.body?.discard()
  }

  /** Begins another attempt where one may be; the timer runs on. */
  #retries(error: Error): boolean {
    this.#attempts ??= new Attempts(this.exchange, this.#options)
    const repeated = this.#controller?.repeated === true
    const isBodyGone = this.body?.isGone === true
    const waitMs = this.#isAnswered ? null : this.#attempts.next(error, { repeated, isBodyGone })
    if (waitMs === null) return false
    this.#controller = null
    this.#timeouts.attemptStarted(false)
    setTimeout(() => this.isOver || this.#send(), waitMs)
    return true
  }

  /** RFC 9110 15.2: of the interim responses, 103 is of use to a client; the others are for the gateway. */
  #hint(status: number, { link }: Parsed) {
    if (status !== 103 || link === undefined) return
    this.answered()
    writeHint(this.exchange, link)
  }
}
