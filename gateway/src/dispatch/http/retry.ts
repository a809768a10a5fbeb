import type { IncomingMessage } from 'node:http'
import type { Exchange } from '../../exchange.ts'
import { safeMethods } from '../../http/protocol.ts'
import type { Route } from '../../route-table/types.ts'
import type { RetryBudget } from '../../upstream/limits.ts'

/** Most retries of one request. */
const maxRetries = 2
const baseMs = 25
const capMs = 250

/** Nothing had been sent: no method can have had an effect. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT'
])
/** The connection broke, or nothing came within the time for one try: the request may have been read, or not. */
const broken = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'TRY_TIMEOUT'])
/** RFC 9110 9.2.2: so it should be here, but only the service knows whether it is; the table says so. */
const maybeIdempotent = new Set(['PUT', 'DELETE'])

interface Attempted {
  /** Of the error that ended the try. */
  code: string
  /** How many retries there have been. */
  attempt: number
  /** Whether the route says that its PUT and DELETE may be sent twice. */
  idempotent: boolean
}

/** Whether sending a request twice has the effect of sending it once, by its method and what its route says. */
export function isIdempotent(method: string, isDeclared: boolean): boolean {
  return safeMethods.has(method) || (isDeclared && maybeIdempotent.has(method))
}

/** Whether a request whose body is still whole may be asked again after it failed (guarantee G2). */
export function isRetryable({ method = '' }: IncomingMessage, tried: Attempted): boolean {
  const { code, attempt, idempotent } = tried
  if (attempt >= maxRetries) return false
  if (beforeSending.has(code)) return true
  return isIdempotent(method, idempotent) && broken.has(code)
}

/** How long to wait before a retry, in ms: exponential with full jitter, so that retries do not come in step. */
export function backoffMs(attempt: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** attempt)
}

interface Options {
  route: Route
  upstream: { retries: RetryBudget }
}

/** How often one request has been attempted, and whether it may be once more. */
export class Attempts {
  readonly #exchange: Exchange
  readonly #options: Options
  #failed = 0

  constructor(exchange: Exchange, options: Options) {
    this.#exchange = exchange
    this.#options = options
  }

  /**
   * The wait before the next try, in ms; null where there is none: it would not be safe, or there were enough.
   * @param repeated whether one of the attempts was begun twice, which counts like another
   * @param isBodyGone whether the body cannot be sent again (guarantee G3)
   */
  next(
    { code = '' }: Error & { code?: string },
    { repeated, isBodyGone }: { repeated: boolean; isBodyGone: boolean }
  ): number | null {
    const { request, response } = this.#exchange
    const { route, upstream } = this.#options
    if (response.headersSent || isBodyGone) return null
    const attempt = this.#failed + Number(repeated)
    const tried = { code, attempt, idempotent: route.idempotent }
    if (!isRetryable(request, tried) || !upstream.retries.take()) return null
    this.#failed += 1
    return backoffMs(this.#failed - 1)
  }
}
