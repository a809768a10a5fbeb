import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { combined, tableOf } from '../harness/documents/fixture.ts'
import { ordersDocument, usersDocument } from '../harness/documents/services.ts'

const perIp = { limit: 60, windowMs: 60_000, per: 'ip', bucket: 'login' } as const
const lines = {
  'POST /api/login': {
    to: 'users',
    target: '/sessions',
    allow: ['public'],
    issue: 'token',
    rate: perIp
  },
  'GET /api/orders/:id': { to: 'orders' },
  'GET /api/me': { to: 'users', target: '/users/$user.id' },
  'GET /api/users/:id': { to: 'users', allow: ['admin', 'owner'], owner: 'id' },
  'DELETE /api/users/:userId': { to: 'users', allow: ['admin'] },
  'POST /api/orders': { to: 'orders' }
} as const

const documents = { users: await usersDocument(), orders: await ordersDocument() }

function combineBoth() {
  return combined(tableOf(lines as never, ['users', 'orders']), documents)
}

test('publishes what the table reaches, a service after the other, and nothing else', (t) => {
  const { document } = combineBoth()

  t.assert.deepEqual(Object.keys(document.paths), [
    '/api/login',
    '/api/me',
    '/api/users/{id}',
    '/api/orders/{id}',
    '/api/orders'
  ])
  t.assert.deepEqual(Object.keys(document.paths['/api/users/{id}'] ?? {}), ['get', 'delete'])
  t.assert.doesNotMatch(JSON.stringify(document), /internal:8000|listEnded|sessions/)
})

test('is valid OpenAPI 3.1', async (t) => {
  const { document } = combineBoth()

  const result = await new Validator().validate(structuredClone({ ...document }))

  t.assert.deepEqual(result, { valid: true })
})

test('shares Problem with the services, and copies no component that nothing reaches', (t) => {
  const { document } = combineBoth()

  const { schemas = {} } = document.components
  t.assert.deepEqual(Object.keys(schemas), ['Order', 'Problem', 'Token', 'User'])
})

test('gives the line that keeps the path the service’s operationId, and makes one for the other', (t) => {
  const { document } = combineBoth()

  t.assert.equal(document.paths['/api/users/{id}']?.get?.operationId, 'getUser')
  t.assert.equal(document.paths['/api/me']?.get?.operationId, 'getMe')
  t.assert.equal(document.paths['/api/login']?.post?.operationId, 'createSession')
})

test('hides the parameter that the gateway fills in, and headers that it sets', (t) => {
  const { document } = combineBoth()

  const parameters = document.paths['/api/users/{id}']?.get?.parameters ?? []
  t.assert.equal(document.paths['/api/me']?.get?.parameters, undefined)
  t.assert.deepEqual(
    parameters.map(({ name }) => name),
    ['id']
  )
  t.assert.equal(parameters[0]?.schema.format, 'uuid')
})

test('describes a login by the token response of the gateway alone', (t) => {
  const { document } = combineBoth()

  const { responses = {}, security } = document.paths['/api/login']?.post ?? {}
  t.assert.deepEqual(Object.keys(responses), ['200', '413', '429', '500', '502', '503', '504'])
  t.assert.equal(
    responses['200']?.content['application/json']?.schema.$ref,
    '#/components/schemas/Token'
  )
  t.assert.deepEqual(security, [{}])
})

test('adds the answers that the table can cause', (t) => {
  const { document } = combineBoth()

  const me = document.paths['/api/me']?.get
  const remove = document.paths['/api/users/{id}']?.delete
  const statuses = ['200', '401', '404', '500', '502', '503', '504']
  t.assert.deepEqual(Object.keys(me?.responses ?? {}), statuses)
  t.assert.equal(remove?.responses['403']?.$ref, '#/components/responses/Forbidden')
  t.assert.deepEqual(me?.security, [{ bearerAuth: [] }])
  t.assert.deepEqual(Object.keys(document.components.securitySchemes ?? {}), ['bearerAuth'])
})

test('tells the policy of a line to a reader and to a program', (t) => {
  const { document } = combineBoth()

  const read = document.paths['/api/users/{id}']?.get
  const login = document.paths['/api/login']?.post
  t.assert.match(read?.description ?? '', /admin or owner \(the user whose id is `id`\)/)
  t.assert.match(login?.description ?? '', /60 requests a minute for each address/)
  t.assert.deepEqual(login?.['x-gateway'], {
    service: 'users',
    allow: ['public'],
    rate: { limit: 60, window_ms: 60_000, per: 'ip' },
    timeout_ms: 10_000,
    body_bytes: 1024
  })
  t.assert.equal(read?.['x-gateway'].owner, 'id')
})

test('publishes a line without an operation with what the table knows, and reports it', (t) => {
  const { document, drift } = combineBoth()

  const post = document.paths['/api/orders']?.post
  t.assert.equal(post?.['x-drift'], true)
  t.assert.equal(post?.operationId, 'postOrders')
  t.assert.deepEqual(drift, [
    'orders: The route POST /api/orders reaches no operation of the document. Describe the operation or correct the route.'
  ])
})

test('makes a skeleton without drift where a service has given no document yet', (t) => {
  const table = tableOf({ 'PATCH /api/things/:id': {} })

  const { document, drift } = combined(table, {})

  const patch = document.paths['/api/things/{id}']?.patch
  t.assert.deepEqual(
    patch?.parameters?.map(({ name }) => name),
    ['id']
  )
  t.assert.equal(patch?.['x-drift'], undefined)
  t.assert.deepEqual(drift, [])
})

test('groups by service, with the service’s description and since when it is stale', (t) => {
  const table = tableOf(lines as never, ['users', 'orders'])

  const { document } = combined(table, documents, { orders: '2026-01-02T03:04:05.000Z' })

  t.assert.deepEqual(document.tags[0], { name: 'users', description: 'Accounts.' })
  t.assert.match(document.tags[1]?.description ?? '', /not answered since 2026-01-02T03:04:05/)
  t.assert.deepEqual(document['x-stale-since'], { orders: '2026-01-02T03:04:05.000Z' })
})

test('comes out the same from the same documents', (t) => {
  const [one, other] = [combineBoth(), combineBoth()]

  t.assert.equal(JSON.stringify(one), JSON.stringify(other))
})
