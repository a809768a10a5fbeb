import type { ServerResponse } from 'node:http'
import { ProblemError } from '@gatehouse/service-kit'
import type { Dispatcher } from 'undici'
import { backoffMs, isRetryable, type RetryBudget } from '../policy/retry.ts'
import { answerProblem } from './answer.ts'
import { countPassed } from './collect.ts'
import { type Exchange, hasBody } from './exchange.ts'
import { failureOf } from './failures.ts'
import { waitOn } from './half-close.ts'
import { responseHeaders } from './response-headers.ts'

type Controller = Dispatcher.DispatchController

type Listener = (exchange: Exchange) => void

interface Options {
  /** Longest time until the answer begins, without any progress, in ms. */
  timeoutMs: number
  /** Asks the upstream once more; null where that cannot be, because the body is gone. */
  again: ((relay: Relay) => void) | null
  budget: RetryBudget
  /** Told once, when the answer is out or has failed. */
  done: Listener
  /** Told when the upstream answers 2xx. */
  succeeded: Listener
}

type Parsed = Record<string, string | string[] | undefined>

/** How long after a client's FIN it is looked whether it still reads, in ms. */
const probesMs = [500, 700]
const onePieceBytes = 8192

/** The client went away: nobody is left to answer. */
const clientLeft = new Error('the client left')

/**
 * Carries one answer from the upstream to the client as it comes. A class, the only one beside the errors:
 * one object a request with its methods on the prototype is what the fast path can afford.
 */
export class Relay implements Dispatcher.DispatchHandler {
  readonly exchange: Exchange
  readonly #options: Options
  readonly #timer: NodeJS.Timeout
  #controller: Controller | null = null
  #attempt = 0
  #remaining = -1
  #ended = false

  constructor(exchange: Exchange, options: Options) {
    this.exchange = exchange
    this.#options = options
    this.#timer = setTimeout(timedOut, options.timeoutMs, this)
    exchange.response.on('close', () => this.#clientClosed())
    waitOn(exchange.request.socket, this)
  }

  onRequestStart(controller: Controller) {
    this.#controller = controller
    if (this.#ended) controller.abort(clientLeft)
  }

  /** A body that moves is not a timeout. */
  onBodySent() {
    this.#timer.refresh()
  }

  onResponseStart(controller: Controller, status: number, parsed: Parsed, phrase?: string) {
    if (status < 200) return this.#hint(status, parsed)
    clearTimeout(this.#timer)
    const { exchange } = this
    if (status < 300) this.#options.succeeded(exchange)
    const headers = responseHeaders(exchange, controller.rawHeaders as Buffer[])
    this.#remaining = contentLength(headers)
    // The upstream has answered without awaiting the whole body; the rest of it is not read as a request.
    if (!exchange.request.complete) headers.push('connection', 'close')
    exchange.response.writeHead(status, phrase, headers)
  }

  onResponseData(controller: Controller, chunk: Buffer) {
    const { response } = this.exchange
    countPassed(chunk.length)
    if (this.#remaining >= 0) this.#remaining -= chunk.length
    // The last chunk of a known length leaves together with the end: one write for most answers.
    if (this.#remaining === 0) return this.#end(response, chunk)
    if (response.write(chunk)) return
    controller.pause()
    response.once('drain', () => controller.resume())
  }

  onResponseEnd() {
    if (!this.#ended) this.#end(this.exchange.response)
  }

  onResponseError(_controller: Controller | null, error: Error) {
    if (this.#ended || this.#retries(error)) return
    this.#ended = true
    clearTimeout(this.#timer)
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
    this.#ended = true
    clearTimeout(this.#timer)
    take()
  }

  /**
   * The client sent a FIN. Interim answers (RFC 9110 15.2) find out whether it still reads: the first is met by a
   * reset where it has closed, the second fails of that. An answer that has begun finds out by itself, or is cancelled
   * when nothing of it moves.
   */
  clientSendsNoMore() {
    const { request, response } = this.exchange
    const sent = response.socket?.bytesWritten
    const probe = () => {
      if (this.#ended) return
      if (!response.headersSent && request.httpVersionMinor > 0) response.writeProcessing()
      else if (response.headersSent && response.socket?.bytesWritten === sent) response.destroy()
    }
    for (const delay of probesMs) setTimeout(probe, delay).unref()
  }

  /** Begins another attempt where one is safe and the upstream's budget has it; the timer runs on. */
  #retries(error: Error & { code?: string }): boolean {
    const { request, response } = this.exchange
    const { again, budget } = this.#options
    if (again === null || response.headersSent) return false
    if (!isRetryable(request, error.code ?? '', this.#attempt) || !budget.take()) return false
    this.#controller = null
    setTimeout(() => this.#ended || again(this), backoffMs(this.#attempt))
    this.#attempt += 1
    return true
  }

  /** RFC 9110 15.2: of the interim answers, 103 is of use to a client; the others were for the gateway. */
  #hint(status: number, { link }: Parsed) {
    const { request, response } = this.exchange
    if (status !== 103 || link === undefined || request.httpVersionMinor === 0) return
    response.writeEarlyHints({ link })
  }

  #end(response: ServerResponse, chunk?: Buffer) {
    this.#ended = true
    // As text a small body goes out in one piece with the header section; bytes would be a second piece.
    if (chunk && chunk.length < onePieceBytes) response.end(chunk.toString('latin1'), 'latin1')
    else response.end(chunk)
    this.#options.done(this.exchange)
  }

  #clientClosed() {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.exchange.reason = 'client-left'
    this.#controller?.abort(clientLeft)
    this.#options.done(this.exchange)
  }
}

/**
 * Part of the answer is out; breaking off is the only way left to say that it is not whole. To HTTP/1.0, where
 * the end of the connection is the end of the body, only a reset says so (PROMISES F7).
 */
function breakOff({ request, response }: Exchange) {
  if (request.httpVersionMinor === 0) response.socket?.resetAndDestroy()
  else response.destroy()
}

const timeout = Object.assign(new Error('no answer in time'), { code: 'UND_ERR_HEADERS_TIMEOUT' })

/** Whoever is waited for is the one that is too slow: the client with its body, or the upstream (PROMISES F20, F32). */
function timedOut(relay: Relay) {
  const { request } = relay.exchange
  const isClient = hasBody(request) && !request.complete && !request.isPaused()
  relay.fail(isClient ? slowClient() : timeout)
}

function slowClient() {
  return new ProblemError(408, 'request-timeout', 'The body did not arrive in time.', {
    headers: { connection: 'close' }
  })
}

/** The announced length of a body, or -1 where none is. */
function contentLength(headers: readonly string[]): number {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string
    if (name.length === 14 && name.toLowerCase() === 'content-length')
      return Number(headers[index + 1])
  }
  return -1
}
