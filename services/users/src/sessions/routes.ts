import { callerOf, forbidden, type Routes } from '@gatehouse/service-kit'
import { createSession, endSession, listEndedSessions, refreshSession } from './operations.ts'
import { invalidRefreshToken, type SessionsService, wrongCredentials } from './service.ts'

const bodyLimit = 4096

export const sessionsRoutes: Routes<{ sessions: SessionsService }> = async (app, { sessions }) => {
  app.post('/sessions', { schema: createSession, bodyLimit }, async (request, reply) => {
    const { session, user_id, result } = await sessions.logIn(request.body)
    // Neither what was typed as the password nor as the name, which is now and then a password.
    request.log.info({ user_id, result }, 'login')
    if (session === null) throw wrongCredentials()
    return reply.code(201).header('cache-control', 'no-store').send(session)
  })

  app.post('/sessions/refresh', { schema: refreshSession, bodyLimit }, async (request, reply) => {
    const { session, user_id, result } = await sessions.refresh(request.body.refresh_token)
    request.log.info({ user_id, result }, 'refresh')
    if (session === null) throw invalidRefreshToken()
    return reply.header('cache-control', 'no-store').send(session)
  })

  app.post('/sessions/:id/end', { schema: endSession }, async (request, reply) => {
    await sessions.end(request.params.id, callerOf(request).id)
    return reply.code(204).send(null)
  })

  app.get('/sessions/ended', { schema: listEndedSessions, logLevel: 'warn' }, async (request) => {
    if (request.caller) throw forbidden('not-allowed', 'Only the gateway itself may ask this.')
    return sessions.listEnded(request.query.since)
  })
}
