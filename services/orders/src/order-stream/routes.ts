import { Readable } from 'node:stream'
import websocket, { type WebSocket } from '@fastify/websocket'
import { callerOf, ProblemError, type Routes } from '@gatehouse/service-kit'
import { streamOrderEvents, streamOrdersLive } from './contract.ts'
import type { Feed, OrderEvents } from './feed.ts'
import { orderStreamSockets, sendEvents } from './socket.ts'

/**
 * Said at once, so that the stream begins before its first event: when to come back after it broke, and after which
 * event. Without that, whoever has seen none comes back as somebody new, and never hears of those between.
 */
const opening = (after: number) => `retry: 1000\nid: ${after}\n\n`

/** The bytes of events that streams share, made once for all of them. */
const made = new WeakMap<OrderEvents, Buffer>()

function bytesOf(events: OrderEvents): Buffer {
  const known = made.get(events)
  if (known) return known
  const blocks = events.map(
    ({ number, order }) => `id: ${number}\nevent: order\ndata: ${JSON.stringify(order)}\n\n`
  )
  const bytes = Buffer.from(blocks.join(''))
  made.set(events, bytes)
  return bytes
}

async function* asText(after: number, batches: AsyncIterable<OrderEvents>) {
  yield opening(after)
  for await (const events of batches) yield bytesOf(events)
}

/** As few of them as can be are read before the client takes them: each may be 100 events. */
const readAhead = { highWaterMark: 1 }

const eventStream = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }

/** Aborts when the connection of a request is gone. */
function untilClosed(connection: { once: (event: 'close', listener: () => void) => unknown }) {
  const gone = new AbortController()
  connection.once('close', () => gone.abort())
  return gone.signal
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The event after which a live stream of the caller begins. */
    liveAfter: number
  }
}

export const orderStreamRoutes: Routes<{ feed: Feed }> = async (app, { feed }) => {
  await app.register(websocket, orderStreamSockets)
  app.addHook('preClose', async () => feed.close())

  app.decorateRequest('liveAfter', 0)

  const events = { schema: streamOrderEvents, exposeHeadRoute: false }
  app.get('/orders/events', events, async (request, reply) => {
    const owner = callerOf(request).id
    const signal = untilClosed(reply.raw)
    const after = await feed.start(owner, request.headers['last-event-id'])
    const text = asText(after, feed.follow({ owner, after, signal }))
    return reply.headers(eventStream).send(Readable.from(text, readAhead))
  })
  // Not the HEAD that Fastify makes of a GET: it would wait for the end of the stream.
  app.head('/orders/events', events, async (request, reply) => {
    await feed.start(callerOf(request).id, request.headers['last-event-id'])
    return reply.headers(eventStream).send()
  })

  app.route({
    method: 'GET',
    url: '/orders/live',
    // Before the connection is a WebSocket: whoever sees it open sees all that happens from then on.
    preHandler: async (request) => {
      const { last_event_id } = request.query as { last_event_id?: string }
      request.liveAfter = await feed.start(callerOf(request).id, last_event_id)
    },
    schema: streamOrdersLive,
    exposeHeadRoute: false,
    handler: async () => {
      const headers = { connection: 'upgrade', upgrade: 'websocket' }
      throw new ProblemError(
        426,
        'upgrade-required',
        'This endpoint accepts WebSocket connections only.',
        { headers }
      )
    },
    wsHandler: async (socket: WebSocket, request) => {
      const owner = callerOf(request).id
      const signal = untilClosed(socket)
      await sendEvents(socket, feed.follow({ owner, after: request.liveAfter, signal }))
    }
  })
}
