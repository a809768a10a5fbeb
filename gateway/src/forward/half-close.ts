import type { Exchange } from './exchange.ts'

/** How long after a client's FIN it is looked whether it still reads, in ms. */
const probesMs = [500, 700]

/**
 * Finds out whether a client that sent a FIN still reads, by interim answers (RFC 9110 15.2): the first is met by a
 * reset where it has closed, the second fails of that. An answer that has begun finds out by itself, or is cancelled
 * when nothing of it moves.
 */
export function probe({ request, response }: Exchange, isOver: () => boolean) {
  const sent = response.socket?.bytesWritten
  const look = () => {
    // An answer that waits behind another's has no socket yet.
    if (isOver() || !response.socket) return
    if (!response.headersSent && request.httpVersionMinor > 0) response.writeProcessing()
    else if (response.headersSent && response.socket?.bytesWritten === sent) response.destroy()
  }
  for (const delay of probesMs) setTimeout(look, delay).unref()
}
