import type { IncomingMessage } from 'node:http'
import { securityHeaders } from '@gatehouse/service-kit'
import { AnswerField, answerFieldOf } from './answer-fields.ts'
import { announceEnd, isLatest } from './connection.ts'
import type { Exchange } from './exchange.ts'
import { publicReference } from './reference.ts'

/** Media types that a browser never shows as a page of its own. */
const data = /^application\/(?:[a-z0-9.+-]+\+)?json\b/i
const contentPolicy = securityHeaders['content-security-policy']
/** RFC 6797, only where the client came by TLS: two years. */
const transportPolicy = 'max-age=63072000; includeSubDomains'

/** What `toString('latin1')` calls in the end; Node's types leave it out. */
type Latin1Buffer = Buffer & { latin1Slice: () => string }

function without(headers: string[], names: Set<string>): string[] {
  const isKept = (_: string, index: number) =>
    !names.has((headers[index - (index % 2)] as string).toLowerCase())
  return headers.filter(isKept)
}

function withoutListed(headers: string[], listed: string): string[] {
  const names = new Set(listed.split(',').map((name) => name.trim().toLowerCase()))
  // Framing is not the upstream's to take away: a whole answer would be one without an end.
  names.delete('content-length')
  return without(headers, names)
}

const length = new Set(['content-length'])

/**
 * The header section for the client, as `writeHead` takes it: the upstream's fields in their order and
 * number, less hop-by-hop and internal ones, and the gateway's own.
 * @param raw what undici gives: name, value, name, value, as bytes or text
 * @param status with 204 there is no length (RFC 9110 8.6)
 */
export function responseHeaders(
  exchange: Exchange,
  raw: readonly (Buffer | string)[],
  status = 200
): string[] {
  const headers: string[] = []
  let listed = ''
  let coding = ''
  let isData = false
  let saysPolicy = false
  let saysReferrer = false
  for (let index = 0; index < raw.length; index += 2) {
    const name = textOf(raw[index] as Buffer | string)
    const kind = answerFieldOf(name)
    if (kind === AnswerField.dropped) continue
    const value = textOf(raw[index + 1] as Buffer | string)
    if (kind === AnswerField.connection) listed = `${listed},${value}`
    else if (kind === AnswerField.coding) coding = checkCoding(value, coding)
    else if (kind === AnswerField.reference)
      headers.push(name, publicReference(exchange, name, value))
    else if (isOurs(exchange, kind)) continue
    else {
      headers.push(name, value)
      if (kind === AnswerField.contentType) isData = data.test(value)
      else if (kind === AnswerField.contentPolicy) saysPolicy = true
      else if (kind === AnswerField.referrerPolicy) saysReferrer = true
    }
  }
  const plain = listed === '' || listed === ',keep-alive' || listed === ',close'
  const kept = plain ? headers : withoutListed(headers, listed)
  const forClient = status === 204 ? without(kept, length) : kept
  if (isData && !saysPolicy) forClient.push('content-security-policy', contentPolicy)
  if (!saysReferrer) forClient.push('referrer-policy', securityHeaders['referrer-policy'])
  return addOwn(forClient, exchange)
}

/** Two of one field would be two stories, and an upstream's might let in whom the table keeps out. */
function isOurs({ cors, allowance }: Exchange, kind: number): boolean {
  if (kind === AnswerField.crossOrigin) return cors.length > 0
  return kind === AnswerField.rateLimit && allowance !== null
}

/** Throws where the body is coded in a way that nobody here takes apart, or said twice to be (PROMISES F6). */
function checkCoding(value: string, before: string): string {
  if (before !== '' || value.toLowerCase() !== 'chunked')
    throw new Error(`the answer is coded as ${before} ${value}`)
  return value
}

/** Bytes of a header are one character each, so that what is not ASCII passes unchanged. */
function textOf(part: Buffer | string): string {
  return typeof part === 'string' ? part : (part as Latin1Buffer).latin1Slice()
}

/** Says that this answer is the connection's last; what comes behind its request is not served (RFC 9112 9.6). */
function endConnection({ socket }: IncomingMessage, headers: string[]) {
  headers.push('connection', 'close')
  announceEnd(socket)
}

/** Adds what the gateway says on every answer, of its own or of an upstream. */
export function addOwn(headers: string[], exchange: Exchange): string[] {
  const { id, allowance, lifecycle, cors, forwarded, request } = exchange
  headers.push('x-content-type-options', 'nosniff', 'request-id', id)
  if (lifecycle.draining && isLatest(request)) endConnection(request, headers)
  if (cors.length > 0) headers.push(...cors)
  if (forwarded.proto === 'https') headers.push('strict-transport-security', transportPolicy)
  if (allowance) {
    const { limit, remaining, resetSeconds } = allowance
    headers.push('ratelimit-limit', `${limit}`, 'ratelimit-remaining', `${remaining}`)
    headers.push('ratelimit-reset', `${resetSeconds}`)
  }
  return headers
}
