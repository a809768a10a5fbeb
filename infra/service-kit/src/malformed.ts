import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { STATUS_CODES } from './http.ts'
import { ProblemError, problemBody } from './problem.ts'
import { requestIdFor } from './request-id.ts'
import { securityHeaders } from './security.ts'

/** What Node's parser refused, before there was a request to answer. */
interface ClientError extends Error {
  code?: string
  rawPacket?: unknown
}

/** A request line, though with a method that Node does not know (RFC 9110 9.1). */
const requestLine = /^[A-Z-]+ \/\S* HTTP\/1\.[01]\r\n/

function problemOf({ code, rawPacket }: ClientError): ProblemError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new ProblemError(408, 'request-timeout', 'The request did not arrive in time.')
  if (code === 'HPE_HEADER_OVERFLOW')
    return new ProblemError(431, 'request-header-fields-too-large', 'The headers are too large.')
  if (code === 'HPE_INVALID_METHOD' && requestLine.test(String(rawPacket)))
    return new ProblemError(501, 'not-implemented', 'This method is not known here.')
  return new ProblemError(400, 'malformed-request', 'This is not well-formed HTTP/1.1.')
}

/** An answer as bytes, for a connection on which no request could be read. */
export function malformedAnswer(problem: ProblemError): string {
  const id = requestIdFor(undefined)
  const body = JSON.stringify(problemBody(problem, id))
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `request-id: ${id}`,
    ...Object.entries(securityHeaders).map((field) => field.join(': ')),
    'connection: close',
    '',
    body
  ].join('\r\n')
}

const refused = Symbol('refused')

/** Node keeps the answer that is under way on a connection here. */
type Connection = Socket & { _httpMessage?: ServerResponse | null; [refused]?: boolean }

/**
 * Answers what is not HTTP with a problem document (400, 408 or 431), and closes the connection: at once where it
 * belongs to the request that is being answered, after that answer where it comes behind a complete one.
 */
export function answerMalformed(error: ClientError, socket: Socket) {
  const { _httpMessage: underWay } = socket as Connection
  if (!underWay?.req.complete || underWay.writableFinished) return refuse(error, socket)
  // Node tells of every further piece of what is no request: once is enough.
  if ((socket as Connection)[refused]) return
  ;(socket as Connection)[refused] = true
  answerAfter(underWay, error, socket)
}

/** The next of several answers takes its place on the connection when this one is out. */
function answerAfter(underWay: ServerResponse, error: ClientError, socket: Socket) {
  const then = () => {
    const { _httpMessage: next } = socket as Connection
    if (next?.req.complete && !next.writableFinished) answerAfter(next, error, socket)
    else refuse(error, socket)
  }
  underWay.once('finish', () => setImmediate(then))
}

function refuse(error: ClientError, socket: Socket) {
  const { _httpMessage: underWay } = socket as Connection
  const answerable = error.code !== 'ECONNRESET' && socket.writable && !underWay?.headersSent
  if (answerable) socket.write(malformedAnswer(problemOf(error)))
  socket.destroySoon()
}
