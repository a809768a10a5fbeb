import {
  audit,
  callerOf,
  clientAddressOf,
  forbidden,
  ProblemError,
  type Routes
} from '@gatehouse/service-kit'
import { clientOf, type Request } from './client.ts'
import { createSession, endSession, listEndedSessions, refreshSession } from './operations.ts'
import type { SessionsService } from './service.ts'

const bodyLimit = 4096

type Attempt = Awaited<ReturnType<SessionsService['logIn']>>

/** Gives the session of an attempt, or throws its problem; either is noted, but never what was typed, nor a token. */
function conclude(request: Request, event: 'login' | 'refresh', attempt: Attempt) {
  const { outcome, ...fields } = attempt
  const ip = clientAddressOf(request)
  audit(request.log, event, { ...fields, ip })
  const { user_id, session_id, result } = fields
  const ended = { result: 'ended', user_id, ip, session_id, reason: 'token-reused' }
  if (result === 'reused') audit(request.log, 'session', ended)
  if (outcome instanceof ProblemError) throw outcome
  return outcome
}

/** An attempt that could not be decided is noted as well: too busy, or no database. */
async function undecided(request: Request, error: unknown): Promise<never> {
  const result = error instanceof ProblemError ? error.slug : 'failed'
  audit(request.log, 'login', { result, user_id: null, ip: clientAddressOf(request) })
  throw error
}

export const sessionsRoutes: Routes<{ sessions: SessionsService }> = async (app, { sessions }) => {
  app.post('/sessions', { schema: createSession, bodyLimit }, async (request, reply) => {
    const attempt = await sessions
      .logIn(request.body, clientOf(request))
      .catch((error) => undecided(request, error))
    const session = conclude(request, 'login', attempt)
    return reply.code(201).header('cache-control', 'no-store').send(session)
  })

  app.post('/sessions/refresh', { schema: refreshSession, bodyLimit }, async (request, reply) => {
    const attempt = await sessions.refresh(request.body.refresh_token, clientOf(request))
    const session = conclude(request, 'refresh', attempt)
    return reply.header('cache-control', 'no-store').send(session)
  })

  app.post('/sessions/:id/end', { schema: endSession }, async (request, reply) => {
    const user_id = callerOf(request).id
    const { id: session_id } = request.params
    await sessions.end(session_id, user_id)
    const line = { result: 'ended', user_id, ip: clientAddressOf(request), session_id }
    audit(request.log, 'session', { ...line, reason: 'logout' })
    return reply.code(204).send(null)
  })

  app.get('/sessions/ended', { schema: listEndedSessions, logLevel: 'warn' }, async (request) => {
    if (request.caller) throw forbidden('not-allowed', 'Only the gateway itself may ask this.')
    return sessions.listEnded(request.query.since)
  })
}
