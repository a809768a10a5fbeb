import { component, createApp, problems, ref } from '@gatehouse/service-kit'
import { Type } from 'typebox'

const params = Type.Object({ id: Type.String({ format: 'uuid' }) })
const headers = Type.Object({ 'request-user-id': Type.String() })
const noop = async () => ({}) as never

async function documentOf(app: ReturnType<typeof createApp>) {
  const response = await app.inject('/openapi.json')
  await app.close()
  return response.json()
}

/** The document of a users service, as the kit and @fastify/swagger make it. */
export async function usersDocument() {
  const app = createApp({ title: 'Users', description: 'Accounts.', logLevel: 'silent' })
  const User = component('User', Type.Object({ id: Type.String(), email: Type.Null() }))
  const Grant = component('Grant', Type.Object({ session_id: Type.String() }))
  const body = Type.Object({ username: Type.String() })
  app.register(async (routes) => {
    for (const schema of [User, Grant]) routes.addSchema(schema)
    const login = { operationId: 'createSession', body, response: { 201: ref(Grant, 'It.') } }
    routes.post('/sessions', { schema: login }, noop)
    const response = { 200: ref(User, 'The user.'), ...problems(401, 404) }
    const read = { operationId: 'getUser', params, headers, response }
    routes.get('/users/:id', { schema: read }, noop)
    const gone = { 204: Type.Null({ description: 'Gone.' }), ...problems(403) }
    const remove = { operationId: 'deleteUser', params, response: gone }
    routes.delete('/users/:id', { schema: remove }, noop)
    routes.get('/sessions/ended', { schema: { operationId: 'listEnded' } }, noop)
  })
  return documentOf(app)
}

/** The document of an orders service, as the kit and @fastify/swagger make it. */
export async function ordersDocument() {
  const app = createApp({ title: 'Orders', description: 'Orders.', logLevel: 'silent' })
  const Order = component('Order', Type.Object({ id: Type.String(), item: Type.String() }))
  app.register(async (routes) => {
    routes.addSchema(Order)
    const response = { 200: ref(Order, 'The order.'), ...problems(404) }
    routes.get('/orders/:id', { schema: { operationId: 'getOrder', params, response } }, noop)
  })
  return documentOf(app)
}
