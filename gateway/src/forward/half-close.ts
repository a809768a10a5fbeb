import type { Socket } from 'node:net'

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
