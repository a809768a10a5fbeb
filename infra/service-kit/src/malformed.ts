import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { closeSlowly } from './lingering-close.ts'
import { ProblemError } from './problem.ts'
import { respondRaw } from './raw-response.ts'

/** What Node's parser refused, before there was a request to answer. */
export interface ClientError extends Error {
  code?: string
  /** What came in one piece, requests that are fine before it among it. */
  rawPacket?: unknown
  /** Where in it the parser stopped. */
  bytesParsed?: number
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
/** A request line, though with a method that Node does not know, or not as one of HTTP (RFC 9110 9.1). */
const requestLine = new RegExp(`^${token} \\S+ HTTP/1\\.[01]\\r\\n`)
/** What may become one: the rest of it has not come, or came too late to be looked at. */
const begunLine = new RegExp(`^${token}(?: \\S*(?: [HTP/.01]*\\r?)?)?$`)
/** One of a version that is not HTTP/1 (RFC 9110 15.6.6). */
const otherVersion = new RegExp(`^${token} \\S+ HTTP/[2-9]\\.\\d\\r\\n`)
/** One whose target alone is longer than any that is taken (RFC 9112 3). */
const longTarget = new RegExp(`^${token} \\S{8193}`)

/** From the beginning of the line in which the parser stopped. */
function stoppedAt({ rawPacket, bytesParsed = 0 }: ClientError): string {
  const text = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : ''
  return text.slice(text.lastIndexOf('\n', bytesParsed - 1) + 1)
}

/** After it nothing more is read of the connection. */
function refusal(status: number, slug: string, detail: string): ProblemError {
  return new ProblemError(status, slug, detail, { headers: { connection: 'close' } })
}

/** What a client is told that sent something that Node's parser refused, or did not end in time. */
export function malformedProblem(error: ClientError): ProblemError {
  const { code = '' } = error
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return refusal(408, 'request-timeout', 'The request did not arrive in time. Send it again.')
  const text = stoppedAt(error)
  if (code === 'HPE_HEADER_OVERFLOW' && longTarget.test(text))
    return refusal(414, 'uri-too-long', 'The request target is too long. Shorten it.')
  if (code === 'HPE_HEADER_OVERFLOW')
    return refusal(431, 'request-header-fields-too-large', 'The headers are too large. Send less.')
  // Node says CONSTANT of what it knows as a method of RTSP.
  const isOtherMethod = requestLine.test(text) || begunLine.test(text)
  if (/^HPE_INVALID_(METHOD|CONSTANT)$/.test(code) && isOtherMethod)
    return refusal(501, 'not-implemented', 'This method is not supported. Use a method of HTTP.')
  if (code === 'HPE_INVALID_VERSION' && otherVersion.test(text))
    return refusal(505, 'http-version-not-supported', 'Only HTTP/1 is supported. Send HTTP/1.1.')
  return refusal(
    400,
    'malformed-request',
    'The request is not well-formed HTTP/1.1. Check its request line and headers.'
  )
}

const refused = Symbol('refused')

/** What Node keeps here: the answer that is under way, and the request that came last. */
type Connection = Socket & {
  _httpMessage?: ServerResponse | null
  parser?: { incoming?: IncomingMessage | null } | null
  [refused]?: boolean
}

/**
 * Answers what is not HTTP with a problem document (400, 408, 414, 431, 501 or 505), and closes the connection: at once
 * where it belongs to the request that is being answered, after that answer where it comes behind a complete one.
 */
export function answerMalformed(
  error: ClientError,
  socket: Connection,
  log: Pick<FastifyBaseLogger, 'info'>
) {
  // Node tells of every further piece of what is no request: once is enough.
  if (socket[refused]) return
  socket[refused] = true
  const refuseNow = () => refuse(error, socket, log)
  afterWhole(socket, refuseNow)
}

/** Calls `then` when the answers to complete requests are out; each takes its place on the connection in turn. */
function afterWhole(socket: Connection, then: () => void) {
  const { _httpMessage: underWay } = socket
  if (!underWay?.req.complete || underWay.writableFinished) then()
  else underWay.once('finish', () => setImmediate(afterWhole, socket, then))
}

function refuse(error: ClientError, socket: Connection, log: Pick<FastifyBaseLogger, 'info'>) {
  const { _httpMessage: underWay, parser } = socket
  // To HTTP/1.0 the end of the connection may be the end of the body: only a reset says that it is not (guarantee F7).
  const isCutOff = underWay?.headersSent && !underWay.writableEnded
  if (isCutOff && underWay.req.httpVersionMinor === 0) return socket.resetAndDestroy()
  // A body may be awaited, to be dropped, behind an answer that is out: a second one would be taken for the next.
  const isAnswered = underWay ? underWay.headersSent : parser?.incoming?.complete === false
  const isAnswerable = error.code !== 'ECONNRESET' && socket.writable && !isAnswered
  if (isAnswerable) respondRaw(socket, malformedProblem(error), log)
  // While a request waits, or can still come to be one, only the end of the connection says that nobody listens.
  if (!underWay && error.code?.startsWith('HPE_')) closeSlowly(socket)
  else socket.end(() => socket.destroy())
}
