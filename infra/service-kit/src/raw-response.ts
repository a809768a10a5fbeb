import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { STATUS_CODES } from './http.ts'
import { plainAddress } from './network.ts'
import { type ProblemError, problemBody } from './problem.ts'
import { requestIdFor } from './request-id.ts'
import { securityHeaders } from './security.ts'

function bytesOf(problem: ProblemError, id: string): string {
  const body = JSON.stringify(problemBody(problem, id))
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `date: ${new Date().toUTCString()}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `request-id: ${id}`,
    ...Object.entries({ ...securityHeaders, ...problem.headers, connection: 'close' }).map(
      (field) => field.join(': ')
    ),
    '',
    body
  ].join('\r\n')
}

/**
 * Answers on a connection on which no request could be read, and writes what is known of that as one line of the log,
 * as of any answer. Nothing of what came is told: it may be anything. To close is left to the caller.
 */
export function respondRaw(
  socket: Socket,
  problem: ProblemError,
  log: Pick<FastifyBaseLogger, 'info'>
) {
  const { status, slug: reason } = problem
  const request_id = requestIdFor(undefined)
  socket.write(bytesOf(problem, request_id))
  const ip = socket.remoteAddress && plainAddress(socket.remoteAddress)
  log.info({ request_id, status, ip, reason }, 'request completed')
}
