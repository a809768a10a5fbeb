import type { Socket } from 'node:net'
import type { Exchange } from './exchange.ts'

/** How long after a client's FIN it is looked whether it still reads, in ms. */
const probesMs = [500, 700]

/** What is told when its client sends no more; it may still be there to read. */
interface Waiting {
  clientSendsNoMore: () => void
  readonly isOver: boolean
}

const waiting = Symbol('waiting')
type Connection = Socket & { [waiting]?: Waiting[] }

/** Makes `exchange` one that a client waits for on its connection: one after the other, or several where they are pipelined. */
export function waitOn(socket: Connection, exchange: Waiting) {
  const those = socket[waiting]
  if (!those) socket[waiting] = [exchange]
  else if (those.length === 1 && those[0]?.isOver) those[0] = exchange
  else if (those.every(({ isOver }) => isOver)) socket[waiting] = [exchange]
  else those.push(exchange)
}

/**
 * Tells a client that half-closes after its request from one that closes (PROMISES F22). To TCP both look the same,
 * a FIN, until something is written: whoever has closed answers that with a reset.
 */
export function tellHalfCloses(socket: Socket) {
  socket.once('end', () => {
    for (const exchange of (socket as Connection)[waiting] ?? []) exchange.clientSendsNoMore()
  })
}

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
