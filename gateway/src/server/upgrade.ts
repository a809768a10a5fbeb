import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { closeSlowly } from '@gatehouse/service-kit'
import { GatewayResponse } from './response.ts'

/** What is held of one client, in bytes; it may send nothing yet (RFC 6455 4.1), so what is more waits at its end. */
const mostHeld = 64 * 1024

/**
 * Holds what a client sends before its handshake is answered; `head` has come already. Read it must be, for the end
 * of a connection shows only behind what came before it (guarantee F22).
 * @returns gives what was held, once, and takes nothing any more
 */
export function holdEarly(socket: Socket, head: Buffer): () => Buffer {
  const held = [head]
  let bytes = head.length

  function take(chunk: Buffer) {
    held.push(chunk)
    bytes += chunk.length
    if (bytes >= mostHeld) socket.pause()
  }

  socket.on('data', take)
  return () => {
    socket.off('data', take)
    return Buffer.concat(held.splice(0))
  }
}

/** What Node hands over where a connection may cease to be HTTP. */
export interface Upgrade {
  socket: Socket
  /** Gives what the client has sent besides its request so far, once; the caller reads what comes from then on. */
  early: () => Buffer
  /** Whether the client's subprotocols brought its token, and were taken out. */
  bearer: boolean
}

/** Says whether a request may cease to be HTTP. */
export type UpgradeRule = (request: IncomingMessage) => boolean

/** An answer on a connection that Node has let go of: used where the upgrade is refused; it ends the connection. */
export function responseOn(request: IncomingMessage, socket: Socket): GatewayResponse {
  const response = new GatewayResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  socket.setTimeout(0)
  // What went wrong shows in the `close` that follows.
  socket.on('error', () => {})
  socket.on('drain', () => response.emit('drain'))
  response.once('finish', () => closeSlowly(socket))
  return response
}
