import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { answerOn } from './connection.ts'

/** How long a client may keep a connection without a request, in ms: longer than load balancers do (60 s). */
export const keepAliveMs = 72_000
/** A request that is sent at the last moment is still on its way then, in ms. */
const marginMs = 1000
/** Connections are looked at this often, in ms. */
const lookMs = 3000

/** How much of a connection had been read, and since when it is no more. */
interface Seen {
  bytes: number
  since: number
}

/**
 * Closes connections of `server` on which no answer is under way and nothing came for `keepAliveMs` (PROMISES F20).
 * Node's own `keepAliveTimeout` sets a timer after each answer and clears it before the next request; this looks
 * at all connections now and then.
 */
export function closeIdle(server: Server) {
  const open = new Map<Socket, Seen>()
  server.on('connection', (socket) => {
    open.set(socket, { bytes: 0, since: performance.now() })
    socket.once('close', () => open.delete(socket))
  })
  // What has become a tunnel has a time of its own.
  server.on('upgrade', (_request, socket) => open.delete(socket as Socket))

  const look = () => {
    const now = performance.now()
    for (const [socket, seen] of open) {
      const { bytesRead: bytes } = socket
      if (answerOn(socket) || bytes !== seen.bytes) open.set(socket, { bytes, since: now })
      else if (now - seen.since > keepAliveMs + marginMs) socket.destroy()
    }
  }
  const timer = setInterval(look, lookMs).unref()
  server.once('close', () => clearInterval(timer))
}
