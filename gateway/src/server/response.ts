import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { ServerResponse } from '@gatehouse/service-kit'
import type { HeaderLines } from '../http/header-lines.ts'
import { connectionOf } from './client-connection.ts'
import { keepAliveMs } from './connection-limits.ts'
import { internalsOf, sendHeader, storeHeader } from './node-internals.ts'

/**
 * Aborts a response of which a part has been sent: closing the connection is the only way left to report that the rest is
 * missing. An HTTP/1.0 client takes the end of the connection for the end of a body without a length, so only a reset
 * reports it there; a reset takes from the client what it has not read, so all others get a FIN (guarantee F7). A header
 * section that still waits for its body is sent first: a client that gets nothing may take it for the end of an idle
 * connection, and repeat the request.
 */
export function abortResponse({
  request,
  response
}: {
  request: IncomingMessage
  response: GatewayResponse
}) {
  response.flushHeaders()
  const { socket } = response
  // Node holds pieces back until this turn of the event loop ends; destroying would drop them.
  while (socket && socket.writableCorked > 0) socket.uncork()
  if (request.httpVersionMinor > 0 || response.hasLength) response.destroy()
  else if (socket) socket.resetAndDestroy()
  // Its turn on the connection has not come; what it holds goes out first.
  else response.once('socket', (later: Socket) => setImmediate(() => later.resetAndDestroy()))
}

/** A reason phrase that Node sends; another is legal (RFC 9112 4), means nothing, and is left to the status code. */
export function plainPhrase(phrase: string | undefined): string | undefined {
  return phrase !== undefined && /^[\t\x20-\x7e]*$/.test(phrase) ? phrase : undefined
}

/** What of a body is read for nothing after its answer, in bytes: more is cut off. */
const mostDropped = 64 * 1024 * 1024

/**
 * Reads what is left of a body that nobody wants. Closing on unread bytes would reset the connection, and the
 * reset would take the answer from the client (RFC 9112 9.6).
 */
export function dropBody(request: IncomingMessage) {
  let dropped = 0
  request.on('data', (chunk: Buffer) => {
    // The upstream may have answered and still read on.
    if (request.listenerCount('data') > 1) return
    dropped += chunk.length
    if (dropped > mostDropped) request.destroy()
  })
  request.resume()
  connectionOf(request.socket).endSlowly()
}

/**
 * An answer of which most fields are text already. `writeHead` looks at each name and value that it is given, which
 * for an answer that was checked when it came is a tenth of our own time; it is given only those by which Node frames
 * the answer.
 */
export class GatewayResponse<
  Request extends IncomingMessage = IncomingMessage
> extends ServerResponse<Request> {
  /** Go out before the fields that `writeHead` is given. */
  lines: HeaderLines = ''
  /** Whether the upstream's response has a `content-length`. */
  hasLength = false

  /** Called by `writeHead` with the status line and those fields. */
  _storeHeader(statusLine: string, fields: readonly string[] | undefined) {
    // What `keep-alive` tells the client, where it is told.
    internalsOf(this)._keepAliveTimeout = keepAliveMs
    storeHeader(this, statusLine + this.lines, fields)
  }

  override flushHeaders() {
    if (!this.headersSent) this.writeHead(this.statusCode)
    sendHeader(this)
  }

  /** `expect: 100-continue` without a body means nothing (RFC 9110 10.1.1); Node would end the connection behind it. */
  expectsNothing() {
    internalsOf(this)._expect_continue = false
  }

  /**
   * Node gives its turn on the connection to an answer that was destroyed before, and then waits for its end, which never
   * comes. So such an answer ends with the connection: when its turn has come, and what it holds is out.
   */
  override destroy(error?: Error): this {
    if (this.socket || this.req.socket.destroyed) return super.destroy(error)
    this.once('socket', () => process.nextTick(() => this.writableEnded || super.destroy(error)))
    return this
  }
}
