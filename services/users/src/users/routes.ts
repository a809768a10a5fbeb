import {
  authorOf,
  callerOf,
  cutPage,
  forbidden,
  type Routes,
  readCursor,
  requireType
} from '@gatehouse/service-kit'
import { noteChange, noteSessionsEnded, noteUser } from './audit.ts'
import {
  createUser,
  deleteUser,
  getUser,
  listUsers,
  replaceUser,
  updateUser
} from './operations.ts'
import type { UsersService } from './service.ts'

const onRequest = requireType('admin')

/** Hook: lets admins pass, and the user whose id is in the path. */
async function requireSelfOrAdmin(request: Parameters<typeof callerOf>[0]) {
  const { id, type } = callerOf(request)
  const params = request.params as { id: string }
  if (type !== 'admin' && params.id !== id)
    throw forbidden('not-allowed', 'Only an admin may read another user.')
}

export const usersRoutes: Routes<{ users: UsersService }> = async (app, { users }) => {
  app.post('/users', { schema: createUser, onRequest }, async (request, reply) => {
    const user = await users.create(request.body, callerOf(request).id)
    noteUser(request, 'created', user.id)
    return reply.code(201).header('location', `/users/${user.id}`).send(user)
  })

  app.get('/users', { schema: listUsers, onRequest }, async (request, reply) => {
    const { q, limit, cursor } = request.query
    const found = await users.list({ q, limit, after: readCursor(cursor) })
    const { items, link } = cutPage(found, request.url, limit)
    if (link) reply.header('link', link)
    return items
  })

  const readable = { schema: getUser, onRequest: requireSelfOrAdmin }
  app.get('/users/:id', readable, async (request) => users.get(request.params.id))

  for (const [method, schema] of [
    ['PUT', replaceUser],
    ['PATCH', updateUser]
  ] as const)
    app.route({
      method,
      url: '/users/:id',
      schema,
      onRequest,
      async handler(request) {
        const { id } = request.params
        const patch = request.body
        const typeBefore = patch.user_type && (await users.get(id)).user_type
        const user = await users.update(id, patch, authorOf(request))
        noteChange(request, id, { patch, typeBefore })
        return user
      }
    })

  app.delete('/users/:id', { schema: deleteUser, onRequest }, async (request, reply) => {
    const { id } = request.params
    await users.remove(id, authorOf(request))
    noteUser(request, 'deleted', id)
    noteSessionsEnded(request, id, 'user-deleted')
    return reply.code(204).send(null)
  })
}
