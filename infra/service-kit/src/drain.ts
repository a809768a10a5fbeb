import { Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** Where a process is in its life: while it drains, every answer ends its connection. */
export interface Lifecycle {
  draining: boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    lifecycle: Lifecycle
  }
}

/**
 * While the app drains, every answer says `connection: close` (guarantee G15), and a connection on which
 * that could not be said, because its answer was under way, is closed as soon as it is idle.
 */
export function closeConnectionsOnDrain(app: FastifyInstance) {
  const lifecycle: Lifecycle = { draining: false }
  app.decorate('lifecycle', lifecycle)
  app.addHook('preClose', async () => {
    lifecycle.draining = true
    app.server.keepAliveTimeout = 1
    app.server.keepAliveTimeoutBuffer = 0
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (lifecycle.draining) reply.header('connection', 'close')
    done(null, payload)
  })
}

/** How long an idle connection stays open after the listener has closed, so that who uses it hears of the end, in ms. */
const farewellMs = 500

/** The connections of a server that are open, from now on. */
export function connectionsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

/**
 * Waits until every connection that the system has taken for us is ours: closing the listener would reset the others.
 * They come one in each turn of the event loop, so that a turn without any has found none.
 */
async function acceptAll(server: Server) {
  let accepted = 0
  const count = () => {
    accepted += 1
  }
  server.on('connection', count)
  // What is left of the present turn may not have looked.
  await new Promise(setImmediate)
  const until = performance.now() + farewellMs
  for (let before = -1; before < accepted && performance.now() < until; ) {
    before = accepted
    await new Promise(setImmediate)
  }
  server.off('connection', count)
}

/**
 * Takes no new connections, and leaves the idle ones open for a moment: a request that is on its way over one of them
 * is then answered, with `connection: close`, instead of meeting a closed door (guarantee G29). Who has sent nothing at
 * all by then is no request's: Node would wait for it as for one that has begun.
 */
export async function closeListener({ server }: FastifyInstance, sockets: ReadonlySet<Socket>) {
  const { promise: empty, resolve } = Promise.withResolvers<void>()
  await acceptAll(server)
  Server.prototype.close.call(server, () => resolve())
  await Promise.race([empty, wait(farewellMs)])
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
}
