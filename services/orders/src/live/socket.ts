import type { WebSocket } from '@fastify/websocket'
import type { OrderEvent } from './feed.ts'

/** Longest message that a client may send, in bytes; none is read. */
export const maxMessageBytes = 1024
/** Nothing in between closes a connection that is never silent for longer than this, in ms. */
const pingMs = 30_000
/** RFC 6455 7.4.1. */
const goingAway = 1001

function send(socket: WebSocket, message: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.send(message, (error) => (error ? reject(error) : resolve()))
  return promise
}

/** Sends each event as one message, no faster than they are taken, and closes when there are no more. */
export async function sendEvents(socket: WebSocket, events: AsyncIterable<OrderEvent>) {
  const ping = setInterval(() => socket.ping(), pingMs)
  try {
    for await (const { number, order } of events) {
      await send(socket, JSON.stringify({ id: `${number}`, event: 'order', data: order }))
    }
    socket.close(goingAway, 'closing')
  } finally {
    clearInterval(ping)
  }
}
