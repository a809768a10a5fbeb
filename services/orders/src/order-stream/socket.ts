import type { IncomingMessage } from 'node:http'
import type { WebSocket, WebsocketPluginOptions } from '@fastify/websocket'
import type { OrderEvents } from './feed.ts'

/** Longest message that a client may send, in bytes; none is read. */
const maxMessageBytes = 1024
/** Time for clients to say goodbye when the service closes, in ms. */
const goodbyeMs = 1000
/** Nothing in between closes a connection that is never silent for longer than this, in ms. */
const pingMs = 30_000
/** RFC 6455 7.4.1. */
const goingAway = 1001

/** How the service treats its WebSockets as such. */
export const orderStreamSockets: WebsocketPluginOptions = {
  options: { maxPayload: maxMessageBytes },
  errorHandler(error, socket, request) {
    request.log.info({ err: error }, 'an order stream was aborted')
    socket.terminate()
  },
  preClose(done) {
    const { clients } = this.websocketServer
    setTimeout(() => clients.forEach((client) => void client.terminate()), goodbyeMs).unref()
    done()
  }
}

/**
 * Ends a connection whose upgrade was answered with something else than a WebSocket: Node has let go of it, and
 * @fastify/websocket ends only what its own hook has seen, which runs after those that refuse.
 */
export async function endUnopened({ raw }: { raw: IncomingMessage }) {
  if ('upgrade' in raw && raw.upgrade === true) raw.socket.destroySoon()
}

function send(socket: WebSocket, message: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.send(message, (error) => (error ? reject(error) : resolve()))
  return promise
}

/** The messages of events that sockets share, made once for all of them. */
const made = new WeakMap<OrderEvents, string[]>()

function messagesOf(events: OrderEvents): string[] {
  const known = made.get(events)
  if (known) return known
  const messages = events.map(({ number, order }) =>
    JSON.stringify({ id: `${number}`, event: 'order', data: order })
  )
  made.set(events, messages)
  return messages
}

/** Sends each event as one message, no faster than they are taken, and closes when there are no more. */
export async function sendEvents(socket: WebSocket, batches: AsyncIterable<OrderEvents>) {
  const ping = setInterval(() => socket.ping(), pingMs)
  try {
    for await (const events of batches)
      for (const message of messagesOf(events)) await send(socket, message)
    socket.close(goingAway, 'closing')
  } finally {
    clearInterval(ping)
  }
}
