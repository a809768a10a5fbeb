import type { Socket } from 'node:net'
import type { Exchange } from './exchange.ts'

/** How long after a client's FIN it is looked whether it still reads, in ms. */
const probesMs = [500, 700]

/** What is told when its client sends no more; it may still be there to read. */
interface Waiting {
  clientSendsNoMore: () => void
}

const waiting = Symbol('waiting')
type Connection = Socket & { [waiting]?: Waiting }

/** Makes `exchange` the one that a client waits for on its connection. */
export function waitOn(socket: Socket, exchange: Waiting) {
  ;(socket as Connection)[waiting] = exchange
}

/**
 * Tells a client that half-closes after its request from one that closes (PROMISES F22). To TCP both look the same,
 * a FIN, until something is written: whoever has closed answers that with a reset.
 */
export function tellHalfCloses(socket: Socket) {
  socket.once('end', () => (socket as Connection)[waiting]?.clientSendsNoMore())
}

/**
 * Finds out whether a client that sent a FIN still reads, by interim answers (RFC 9110 15.2): the first is met by a
 * reset where it has closed, the second fails of that. An answer that has begun finds out by itself, or is cancelled
 * when nothing of it moves.
 */
export function probe({ request, response }: Exchange, isOver: () => boolean) {
  const sent = response.socket?.bytesWritten
  const look = () => {
    if (isOver()) return
    if (!response.headersSent && request.httpVersionMinor > 0) response.writeProcessing()
    else if (response.headersSent && response.socket?.bytesWritten === sent) response.destroy()
  }
  for (const delay of probesMs) setTimeout(look, delay).unref()
}
