import type { IncomingMessage } from 'node:http'
import { endSlowly } from '../clients/connection.ts'

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
  endSlowly(request.socket)
}
