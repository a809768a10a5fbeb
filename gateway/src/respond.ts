import {
  type ProblemError,
  problemBody,
  STATUS_CODES,
  securityHeaders
} from '@gatehouse/service-kit'
import type { Exchange } from './exchange.ts'
import { type HeaderLines, headerLines } from './http/header-lines.ts'
import { hasBody } from './http/protocol.ts'
import { dropBody } from './server/response.ts'

/** RFC 6797, only where the client came by TLS: two years. */
const transportPolicy = 'strict-transport-security: max-age=63072000; includeSubDomains\r\n'

/** What the gateway says on every answer, of its own or of an upstream. */
export function ownLines({ id, allowance, cors, forwarded }: Exchange): HeaderLines {
  let lines = `x-content-type-options: nosniff\r\nrequest-id: ${id}\r\n`
  if (cors.length > 0) lines += headerLines(cors)
  if (forwarded.proto === 'https') lines += transportPolicy
  if (allowance === null) return lines
  const { limit, remaining, resetSeconds } = allowance
  const left = `ratelimit-remaining: ${remaining}\r\nratelimit-reset: ${resetSeconds}\r\n`
  return `${lines}ratelimit-limit: ${limit}\r\n${left}`
}

/**
 * While the gateway drains, says that this answer is its connection's last: what comes behind its request is not
 * served (RFC 9112 9.6).
 */
export function endIfDraining(exchange: Exchange, framing: string[]) {
  const { connection, lifecycle, sequence } = exchange
  if (!lifecycle.draining || connection.requests !== sequence) return
  framing.push('connection', 'close')
  connection.announceEnd()
}

const { 'x-content-type-options': _everywhere, ...policies } = securityHeaders
const safe = Object.entries(policies).flat()

/**
 * Sends an answer of the gateway's own. A body that has not been read is read and dropped by Node, so that the answer
 * is heard and the connection goes on; one that the client holds back until it is asked for ends the connection.
 */
export function answer(exchange: Exchange, status: number, headers: string[], body: string) {
  const { request, response, awaitsContinue, lifecycle } = exchange
  const own = [...safe, ...headers]
  endIfDraining(exchange, own)
  if (status !== 204) own.push('content-length', `${Buffer.byteLength(body)}`)
  if (
    awaitsContinue &&
    hasBody(request) &&
    !lifecycle.draining &&
    !headers.includes('connection')
  ) {
    own.push('connection', 'close')
    exchange.connection.announceEnd()
  }
  response.lines = ownLines(exchange)
  response.writeHead(status, STATUS_CODES[status], own)
  response.end(body)
  if (!request.complete) dropBody(request)
  // What comes behind a request that was refused is unread as well.
  else if (headers.includes('connection')) exchange.connection.endSlowly()
}

/** Sends the problem document for a failure (RFC 9457). */
export function answerProblem(exchange: Exchange, problem: ProblemError) {
  const headers = [
    'content-type',
    'application/problem+json',
    ...Object.entries(problem.headers).flat()
  ]
  answer(exchange, problem.status, headers, JSON.stringify(problemBody(problem, exchange.id)))
}
