import { type TestContext, test } from 'node:test'
import {
  caller,
  createApp,
  createServiceSigner,
  createServiceVerifier,
  createSigner,
  createVerifier,
  type ServiceRequest
} from '@gatehouse/service-kit'
import { callerHeaders, testSecret } from '@gatehouse/service-kit/testing'

const ada = { id: '0190c3a4-7c1e-7000-8000-000000000001', type: 'admin' }
const start = Date.UTC(2030, 0, 1, 12, 0, 30)
const asked = { method: 'POST', path: '/told', body: '{"a":1}' }
const sign = createServiceSigner(testSecret, 'users', () => start)
const verify = createServiceVerifier(testSecret, () => start)

test('A14 names the service that signed a request', (t: TestContext) => {
  t.assert.equal(verify(asked, sign(asked)), 'users')
})

const altered: [string, Partial<ServiceRequest>][] = [
  ['another method', { method: 'PUT' }],
  ['another path', { path: '/told/again' }],
  ['another body', { body: '{"a":2}' }]
]

for (const [what, other] of altered)
  test(`A14 refuses the signature of a request with ${what}`, (t: TestContext) => {
    t.assert.equal(verify({ ...asked, ...other }, sign(asked)), null)
  })

test('A14 refuses the signature of a service an hour early or late, or under another name', (t: TestContext) => {
  const signature = sign(asked)
  const at = (ms: number) => createServiceVerifier(testSecret, () => start + ms)

  t.assert.equal(at(59_000)(asked, signature), 'users')
  t.assert.equal(at(61_000)(asked, signature), null)
  t.assert.equal(at(-3_600_000)(asked, signature), null)
  t.assert.equal(verify(asked, signature.replace('users', 'orders')), null)
})

async function startService(t: TestContext) {
  const app = createApp({ title: 'Sample', logLevel: 'silent' })
  const verifyService = createServiceVerifier(testSecret)
  app.register(caller, { verify: createVerifier(testSecret), verifyService })
  app.post('/told', { config: { from: 'users' } }, async (request) => request.body)
  app.get('/told', { config: { from: 'users' } }, async () => ({ told: true }))
  t.after(() => app.close())
  await app.ready()
  const post = async (headers: Record<string, string>, payload = asked.body) =>
    app.inject({
      method: 'POST',
      url: '/told',
      payload,
      headers: { 'content-type': 'application/json', ...headers }
    })
  return { app, post }
}

test('A14 gives the handler the body that a service has signed', async (t: TestContext) => {
  const { post, app } = await startService(t)
  const signature = createServiceSigner(testSecret, 'users')
  const reading = { method: 'GET', path: '/told?a=1', body: '' }

  const told = await post({ 'request-signature': signature(asked) })
  const read = await app.inject({
    url: reading.path,
    headers: { 'request-signature': signature(reading) }
  })

  t.assert.equal(told.statusCode, 200)
  t.assert.deepEqual(told.json(), { a: 1 })
  t.assert.equal(read.statusCode, 200)
})

test('A14 refuses what a service tells where another has signed it, the gateway among them', async (t: TestContext) => {
  const { post } = await startService(t)
  const signed = (name: string, request = asked) => ({
    'request-signature': createServiceSigner(testSecret, name)(request)
  })
  const forAda = createSigner(testSecret)(ada)

  const answers = [
    await post({}),
    await post(callerHeaders(ada)),
    await post({ ...callerHeaders(ada), 'request-signature': forAda.replace('v1', 's1.users') }),
    await post(signed('orders')),
    await post(signed('users'), '{"a":2}'),
    await post(signed('users', { ...asked, path: '/told?' }))
  ]

  for (const { statusCode, json } of answers) {
    t.assert.equal(statusCode, 401)
    t.assert.equal(json().type, '/problems/not-from-the-service')
  }
})

test('A14 refuses a route to a service as the gateway, and all services where none is known', async (t: TestContext) => {
  const app = createApp({ title: 'Sample', logLevel: 'silent' })
  app.register(caller, { verify: createVerifier(testSecret) })
  app.post('/told', { config: { from: 'users' } }, async (request) => request.body)
  app.post('/asked', async (request) => request.body)
  t.after(() => app.close())
  const headers = (path: string) => ({
    'content-type': 'application/json',
    'request-signature': createServiceSigner(testSecret, 'users')({ ...asked, path })
  })
  const ask = async (url: string) =>
    app.inject({ method: 'POST', url, payload: asked.body, headers: headers(url) })

  t.assert.equal((await ask('/told')).statusCode, 401)
  t.assert.equal((await ask('/asked')).statusCode, 401)
})

test('refuses a signed body that is too large', async (t: TestContext) => {
  const { post } = await startService(t)
  const body = JSON.stringify({ a: 'x'.repeat(70_000) })
  const signature = createServiceSigner(testSecret, 'users')({ ...asked, body })

  t.assert.equal((await post({ 'request-signature': signature }, body)).statusCode, 413)
})
