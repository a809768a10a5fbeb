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
 * While the app drains, every answer says `connection: close` (PROMISES G15), and a connection on which
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
