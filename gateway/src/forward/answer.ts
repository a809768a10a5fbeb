import { type ProblemError, problemBody, securityHeaders } from '@gatehouse/service-kit'
import { type Exchange, hasBody } from './exchange.ts'
import { addOwn } from './response-headers.ts'

const { 'x-content-type-options': _everywhere, ...policies } = securityHeaders
const safe = Object.entries(policies).flat()

/** Sends an answer of the gateway's own. A body that was not read ends the connection with it. */
export function answer(exchange: Exchange, status: number, headers: string[], body: string) {
  const { request, response } = exchange
  const own = addOwn([...safe, ...headers], exchange)
  if (status !== 204) own.push('content-length', `${Buffer.byteLength(body)}`)
  const closes = exchange.lifecycle.draining || headers.includes('connection')
  if (!request.complete && hasBody(request) && !closes) own.push('connection', 'close')
  response.writeHead(status, own)
  response.end(body)
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
