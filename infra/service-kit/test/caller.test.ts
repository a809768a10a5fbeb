import { type TestContext, test } from 'node:test'
import {
  caller,
  callerOf,
  createApp,
  createSigner,
  createVerifier,
  health,
  requireCaller,
  requireType
} from '@gatehouse/service-kit'
import { callerHeaders, testSecret } from '@gatehouse/service-kit/testing'

const ada = { id: '0190c3a4-7c1e-7000-8000-000000000001', type: 'default' }

async function startService(t: TestContext) {
  const app = createApp({ title: 'Sample', logLevel: 'silent' })
  app.register(caller, { verify: createVerifier(testSecret) })
  app.register(health, { checks: {} })
  app.get('/open', async (request) => ({ caller: request.caller }))
  app.get('/mine', { onRequest: requireCaller }, async (request) => callerOf(request))
  app.get('/all', { onRequest: requireType('admin') }, async (request) => callerOf(request))
  t.after(() => app.close())
  await app.ready()
  return app
}

test('gives the handler the user whom the gateway vouches for', async (t) => {
  const app = await startService(t)

  const response = await app.inject({ url: '/mine', headers: callerHeaders(ada) })

  t.assert.equal(response.statusCode, 200)
  t.assert.deepEqual(response.json(), ada)
})

test('serves a public route to nobody, with the signature over nobody', async (t) => {
  const app = await startService(t)

  const response = await app.inject({ url: '/open', headers: callerHeaders() })

  t.assert.equal(response.statusCode, 200)
  t.assert.deepEqual(response.json(), { caller: null })
})

test('lets only the type pass that a route names', async (t) => {
  const app = await startService(t)
  const admin = { ...ada, type: 'admin' }

  const refused = await app.inject({ url: '/all', headers: callerHeaders(ada) })
  const nobody = await app.inject({ url: '/all', headers: callerHeaders() })
  const passed = await app.inject({ url: '/all', headers: callerHeaders(admin) })

  t.assert.equal(refused.statusCode, 403)
  t.assert.equal(nobody.statusCode, 401)
  t.assert.equal(passed.statusCode, 200)
})

const ids = [
  '',
  '1',
  '0',
  '-1',
  'NaN',
  'null',
  '1'.repeat(5000),
  `${ada.id}, ${ada.id}`,
  `${ada.id},`,
  ada.id.toUpperCase(),
  `{${ada.id}}`,
  ada.id.replaceAll('-', ''),
  `urn:uuid:${ada.id}`
]

for (const id of ids) {
  test(`A7 takes the user id ${JSON.stringify(id.slice(0, 80))} for nobody, even if signed`, async (t) => {
    const app = await startService(t)

    const response = await app.inject({ url: '/mine', headers: callerHeaders({ ...ada, id }) })

    t.assert.equal(response.statusCode, 401)
    t.assert.equal(response.headers['www-authenticate'], 'Bearer')
  })
}

test('A7 takes a user without a type for nobody', async (t) => {
  const app = await startService(t)

  const response = await app.inject({ url: '/mine', headers: callerHeaders({ ...ada, type: '' }) })

  t.assert.equal(response.statusCode, 401)
})

test('A7 refuses two lines of the user id', async (t) => {
  const app = await startService(t)
  const headers = { ...callerHeaders(ada), 'request-user-id': [ada.id, ada.id] }

  const response = await app.inject({ url: '/mine', headers })

  t.assert.equal(response.statusCode, 401)
})

const { 'request-signature': signature = '', ...identity } = callerHeaders(ada)
const expired = createSigner(testSecret, () => Date.now() - 180_000)(ada)
const forged = createSigner('b7Qm2xVt9KpL4sWc8RdZ1nHf6YgJ3aEu')(ada)
const unproven: [string, Record<string, string>][] = [
  ['nothing', {}],
  ['only the identity', identity],
  ['only the signature', { 'request-signature': signature }],
  ['an expired signature', { ...identity, 'request-signature': expired }],
  ['a signature under another secret', { ...identity, 'request-signature': forged }],
  ['an altered signature', { ...identity, 'request-signature': signature.replace('v1.1', 'v1.2') }],
  ['the signature of nobody', { ...identity, ...callerHeaders() }],
  ['another user type', { ...callerHeaders(ada), 'request-user-type': 'admin' }]
]

for (const [what, headers] of unproven) {
  test(`A8 answers 401 to a call with ${what}, on every path`, async (t) => {
    const app = await startService(t)

    for (const url of ['/mine', '/open', '/all', '/nowhere', '/health', '/openapi.json/']) {
      const response = await app.inject({ url, headers })

      t.assert.equal(response.statusCode, 401)
      t.assert.equal(response.json().type, '/problems/not-from-the-gateway')
      t.assert.equal(response.headers['www-authenticate'], 'request-signature')
    }
  })
}

test('answers health and OpenAPI without a signature', async (t) => {
  const app = await startService(t)

  for (const url of ['/health/live', '/health/ready', '/openapi.json']) {
    const response = await app.inject(url)

    t.assert.equal(response.statusCode, 200)
  }
})

test('A13 believes no wrong signature where none is needed', async (t) => {
  const app = await startService(t)
  const statusOf = async (headers: Record<string, string>) =>
    (await app.inject({ url: '/health/ready', headers })).statusCode

  t.assert.equal(await statusOf(callerHeaders()), 200)
  t.assert.equal(await statusOf({ 'request-signature': forged }), 401)
})
