import type { IncomingMessage } from 'node:http'
import { safeMethods } from '../safe-methods.ts'

/** Most retries of one request. */
const maxRetries = 2
/** Retries that an upstream is given for each request, and at the start (1.2 × requests + 3). */
const perRequest = 0.2
const atStart = 3
const mostSaved = 10
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

export type RetryBudget = ReturnType<typeof createRetryBudget>

/** How many retries an upstream can still be asked for: a fifth of its requests, so that trouble is not multiplied. */
export function createRetryBudget() {
  let saved = atStart
  return {
    /** Counts a request, which earns a fifth of a retry. */
    earn() {
      saved = Math.min(Math.max(saved, mostSaved), saved + perRequest)
    },
    /** Takes one retry; false where none is left. */
    take(): boolean {
      if (saved < 1) return false
      saved -= 1
      return true
    }
  }
}

interface Tried {
  /** Of the error that ended the try. */
  code: string
  /** How many retries there have been. */
  attempt: number
  /** Whether the line says that its PUT and DELETE may be asked twice. */
  idempotent: boolean
}

/** Whether a request whose body is still whole may be asked again after it failed (PROMISES G2). */
export function isRetryable({ method = '' }: IncomingMessage, tried: Tried): boolean {
  const { code, attempt, idempotent } = tried
  if (attempt >= maxRetries) return false
  if (beforeSending.has(code)) return true
  const isAgreed = safeMethods.has(method) || (idempotent && maybeIdempotent.has(method))
  return isAgreed && broken.has(code)
}

/** How long to wait before a retry, in ms: exponential with full jitter, so that retries do not come in step. */
export function backoffMs(attempt: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** attempt)
}
