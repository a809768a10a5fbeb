import type { IncomingMessage } from 'node:http'
import { ServerResponse } from '@gatehouse/service-kit'
import { keepAliveMs } from '../clients/idle-connections.ts'
import type { FieldLines } from '../field-lines.ts'

/** What Node's own class has, and its types do not tell. */
interface Internal {
  _keepAliveTimeout: number
  _expect_continue: boolean
  _storeHeader: (statusLine: string, fields: readonly string[] | undefined) => void
  _send: (text: string, encoding: string) => void
}
const { _storeHeader: storeHeader, _send: send } = ServerResponse.prototype as unknown as Internal

/**
 * An answer of which most fields are text already. `writeHead` looks at each name and value that it is given, which
 * for an answer that was checked when it came is a tenth of our own time; it is given only those by which Node frames
 * the answer.
 */
export class EdgeResponse<
  Request extends IncomingMessage = IncomingMessage
> extends ServerResponse<Request> {
  /** Go out before the fields that `writeHead` is given. */
  lines: FieldLines = ''

  /** Called by `writeHead` with the status line and those fields. */
  _storeHeader(statusLine: string, fields: readonly string[] | undefined) {
    // What `keep-alive` tells the client, where it is told.
    ;(this as unknown as Internal)._keepAliveTimeout = keepAliveMs
    storeHeader.call(this, statusLine + this.lines, fields)
  }

  /** Node's sends the section as UTF-8, and so two bytes for each that is not ASCII. */
  override flushHeaders() {
    if (!this.headersSent) this.writeHead(this.statusCode)
    send.call(this, '', 'latin1')
  }

  /** `expect: 100-continue` without a body means nothing (RFC 9110 10.1.1); Node would end the connection behind it. */
  expectsNothing() {
    ;(this as unknown as Internal)._expect_continue = false
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
