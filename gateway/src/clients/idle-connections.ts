import type { Server } from 'node:http'
import type { Connections } from './connections.ts'

/** How long a client may keep a connection without a request, in ms: longer than load balancers do (60 s). */
export const keepAliveMs = 72_000
/** A request that is sent at the last moment is still on its way then, in ms. */
const marginMs = 1000
/** How long a client may leave an answer unread, in ms (nginx, send_timeout). */
const unreadMostMs = 60_000
/** Connections are looked at this often, in ms. */
const lookMs = 3000

/**
 * Closes connections of `server` on which no answer is under way and nothing came for `keepAliveMs`, and those whose
 * client takes nothing of its answer, which would hold memory and a place for ever (PROMISES F20, F35).
 * Node's own `keepAliveTimeout` sets a timer after each answer and clears it before the next request; this looks
 * at all connections now and then.
 */
export function closeIdleAndUnread(server: Server, connections: Connections) {
  const look = () => {
    for (const { socket, silentMs } of connections.idle())
      if (silentMs > keepAliveMs + marginMs) connections.close(socket)
    for (const { socket, unreadMs } of connections.unread())
      if (unreadMs > unreadMostMs) connections.close(socket)
  }
  const timer = setInterval(look, lookMs).unref()
  server.once('close', () => clearInterval(timer))
}
