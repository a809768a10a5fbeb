import {
  type ProblemError,
  problemBody,
  STATUS_CODES,
  securityHeaders
} from '@gatehouse/service-kit'
import { announceEnd, endSlowly } from '../clients/connection.ts'
import { dropBody } from './drop-body.ts'
import { type Exchange, hasBody } from './exchange.ts'
import { endIfDraining, ownLines } from './own-fields.ts'

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
    announceEnd(request.socket)
  }
  response.lines = ownLines(exchange)
  response.writeHead(status, STATUS_CODES[status], own)
  response.end(body)
  if (!request.complete) dropBody(request)
  // What comes behind a request that was refused is unread as well.
  else if (headers.includes('connection')) endSlowly(request.socket)
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
