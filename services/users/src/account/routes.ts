import {
  audit,
  authorOf,
  callerOf,
  clientAddressOf,
  cutPage,
  type Routes,
  readCursor,
  requireCaller
} from '@gatehouse/service-kit'
import { changePassword, endOwnSession, listOwnSessions, updateMe } from './operations.ts'
import type { AccountService } from './service.ts'

const bodyLimit = 4096

/** `:session` is the session of the caller, which the gateway fills in. */
export const accountRoutes: Routes<{ account: AccountService }> = async (app, { account }) => {
  app.addHook('onRequest', requireCaller)

  app.patch('/me', { schema: updateMe }, async (request) =>
    account.update(authorOf(request), request.body)
  )

  const changing = { schema: changePassword, bodyLimit }
  app.put('/me/password/:session', changing, async (request, reply) => {
    const author = authorOf(request)
    const address = clientAddressOf(request)
    const { session } = request.params
    const refusal = await account.changePassword({ author, session, address }, request.body)
    const result = refusal === null ? 'changed' : refusal.slug
    audit(request.log, 'password', { result, user_id: author.id, ip: address, by: author.id })
    if (refusal !== null) throw refusal
    const line = { result: 'ended', user_id: author.id, ip: address, by: author.id }
    audit(request.log, 'session', { ...line, reason: 'password-changed' })
    return reply.code(204).send(null)
  })

  app.get('/me/sessions/:session', { schema: listOwnSessions }, async (request, reply) => {
    const { limit, cursor } = request.query
    const { session } = request.params
    const wanted = { limit, after: readCursor(cursor) }
    const found = await account.listSessions({ id: callerOf(request).id, session }, wanted)
    const { items, link } = cutPage(found, request.url, limit)
    if (link) reply.header('link', link)
    return items
  })

  app.delete('/sessions/:id', { schema: endOwnSession }, async (request, reply) => {
    const user_id = callerOf(request).id
    const { id: session_id } = request.params
    await account.endSession(session_id, user_id)
    const line = { result: 'ended', user_id, ip: clientAddressOf(request), session_id }
    audit(request.log, 'session', { ...line, reason: 'ended-by-user' })
    return reply.code(204).send(null)
  })
}
