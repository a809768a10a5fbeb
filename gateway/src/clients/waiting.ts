import type { Socket } from 'node:net'
import type { ClientError } from '@gatehouse/service-kit'

/** What a client waits for, and is told what becomes of it. */
interface Waiting {
  /** The client sent a FIN; it may still be there to read. */
  clientSendsNoMore: () => void
  /** What it sends is not HTTP any more, or did not come in time. */
  clientBroke: (error: ClientError) => void
  /** The connection is no more. */
  clientClosed: () => void
}

const waiting = Symbol('waiting')
type Connection = Socket & { [waiting]?: Waiting[] }

/** Makes `exchange` one that a client waits for on its connection: one after the other, or several where they are pipelined. */
export function waitOn(socket: Connection, exchange: Waiting) {
  const those = socket[waiting]
  if (those) those.push(exchange)
  else socket[waiting] = [exchange]
}

/** The client waits for it no longer; an idle connection keeps nothing of what was. */
export function waitNoMore(socket: Connection, exchange: Waiting) {
  const those = socket[waiting] ?? []
  const index = those.indexOf(exchange)
  if (index === 0) those.shift()
  else if (index > 0) those.splice(index, 1)
}

/** What a client waits for on its connection; each that hears of its end may leave the list. */
const waitingOn = (socket: Connection) => [...(socket[waiting] ?? [])]

/** Tells what a client waits for of the end of its connection; listened for once, and not anew for each request. */
export function tellWaiting(socket: Socket) {
  socket.once('end', () => {
    for (const exchange of waitingOn(socket)) exchange.clientSendsNoMore()
  })
  socket.once('close', () => {
    for (const exchange of waitingOn(socket)) exchange.clientClosed()
  })
}

/** Tells what a client waits for that nothing more can be read of it. */
export function tellBroken(socket: Socket, error: ClientError) {
  for (const exchange of waitingOn(socket)) exchange.clientBroke(error)
}
