import type { FastifyInstance } from 'fastify'

/**
 * While the app closes, every answer says `connection: close` (PROMISES, Drain), and a connection on which
 * that could not be said, because its answer was under way, is closed as soon as it is idle.
 */
export function closeConnectionsOnDrain(app: FastifyInstance) {
  let draining = false
  app.addHook('preClose', async () => {
    draining = true
    app.server.keepAliveTimeout = 1
    app.server.keepAliveTimeoutBuffer = 0
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (draining) reply.header('connection', 'close')
    done(null, payload)
  })
}
