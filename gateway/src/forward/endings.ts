import type { Socket } from 'node:net'
import type { Exchange } from './exchange.ts'

/**
 * Part of the answer is out; breaking off is the only way left to say that it is not whole. To HTTP/1.0, where
 * the end of the connection is the end of the body, only a reset says so (PROMISES F7). A header section that still
 * waits for its body goes first: who gets nothing at all may take it for an idle connection's end, and ask again.
 */
export function breakOff({ request, response }: Exchange) {
  response.flushHeaders()
  const { socket } = response
  // Node holds pieces back until this turn of the event loop ends; destroying would drop them.
  while (socket && socket.writableCorked > 0) socket.uncork()
  if (request.httpVersionMinor > 0) response.destroy()
  else if (socket) socket.resetAndDestroy()
  // Its turn on the connection has not come; what it holds goes out first.
  else response.once('socket', (later: Socket) => setImmediate(() => later.resetAndDestroy()))
}

/** A reason phrase that Node sends; another is legal (RFC 9112 4), means nothing, and is left to the status code. */
export function plainPhrase(phrase: string | undefined): string | undefined {
  return phrase !== undefined && /^[\t\x20-\x7e]*$/.test(phrase) ? phrase : undefined
}
