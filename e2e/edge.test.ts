import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoAdmin, newAccount } from './accounts.ts'
import { call } from './client.ts'
import { sendRaw } from './raw.ts'

const user = await newAccount()
const bearer = `authorization: Bearer ${user.token}`
const { body: admin } = await call('GET', '/api/me', { token: demoAdmin.token })

for (const name of ['request-user-id', 'Request-User-Id', 'REQUEST-USER-ID'])
  test(`A1 ${name} from a client changes nobody`, async () => {
    const lines = [
      'GET /api/me HTTP/1.1',
      bearer,
      `${name}: ${admin.id}`,
      'request-user-type: admin'
    ]

    const { status, answer } = await sendRaw(lines)

    assert.equal(status, 200, answer)
    assert.match(answer, RegExp(`"id":"${user.id}"`))
  })

test('A4 a header named by Connection is still ours', async () => {
  const lines = ['GET /api/me HTTP/1.1', bearer, 'connection: request-user-id, request-signature']

  const { status, answer } = await sendRaw(lines)

  assert.equal(status, 200, answer)
  assert.match(answer, RegExp(user.id))
})

for (const path of [
  '/api/users/../health/ready',
  '/api/users/%2e%2e/openapi.json',
  '/api/users/..%2fsessions',
  '/api/users/..;/orders',
  '//api/users',
  '/api/users/../../sessions/ended',
  '/sessions',
  '/users',
  '/api/sessions',
  '/api/sessions/ended',
  '/api/health/ready'
])
  test(`A11 ${path} leads nowhere`, async () => {
    const { status, answer } = await sendRaw([
      `GET ${path} HTTP/1.1`,
      `authorization: Bearer ${demoAdmin.token}`
    ])

    assert.ok([400, 404].includes(status), answer)
    assert.match(answer, /application\/problem\+json/)
  })

test('F3 a request with two lengths is refused, and what follows it is not served', async () => {
  const lines = ['POST /api/login HTTP/1.1', 'content-length: 5', 'transfer-encoding: chunked']

  const { status, answer } = await sendRaw(lines, '0\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n')

  assert.equal(status, 400, answer)
  assert.equal(answer.match(/HTTP\/1\.1 \d{3}/g)?.length, 1)
})

test('A12 an answer shows nothing internal', async () => {
  const { status, headers } = await call('GET', '/api/me', { token: user.token })

  assert.equal(status, 200)
  const internal = [
    'request-user-id',
    'request-user-type',
    'request-signature',
    'x-powered-by',
    'server'
  ]
  assert.deepEqual(
    internal.filter((name) => headers.has(name)),
    []
  )
})

test('F34 a client names its request, if the name is harmless', async () => {
  const kept = await call('GET', '/api/me', { headers: { 'request-id': 'mine-1' } })
  const replaced = await call('GET', '/api/me', { headers: { 'request-id': 'not mine!' } })

  assert.equal(kept.status, 401)
  assert.equal(kept.headers.get('request-id'), 'mine-1')
  assert.equal(kept.body.request_id, 'mine-1')
  assert.equal(replaced.status, 401)
  assert.match(replaced.headers.get('request-id') ?? '', /^[A-Za-z0-9._-]{1,64}$/)
})

for (const [what, method, path, options, expected] of [
  ['an unknown path', 'GET', '/api/nothing', {}, 404],
  ['an unknown method', 'DELETE', '/api/orders', { token: user.token }, 405],
  ['malformed JSON', 'POST', '/api/orders', { token: user.token, body: '{' }, 400],
  [
    'another media type',
    'POST',
    '/api/orders',
    { token: user.token, body: 'a', headers: { 'content-type': 'text/plain' } },
    415
  ],
  [
    'too long a body',
    'POST',
    '/api/login',
    { body: { username: 'a'.repeat(5000), password: 'x' } },
    413
  ]
] as const)
  test(`F31 ${what} is answered with a problem document`, async () => {
    const { status, headers, body } = await call(method, path, options)

    assert.equal(status, expected)
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/)
    assert.equal(body.status, expected)
    assert.equal(body.request_id, headers.get('request-id'))
    for (const name of ['type', 'title', 'detail']) assert.equal(typeof body[name], 'string', name)
  })

test('a method that a path does not have is answered with those it has', async () => {
  const { status, headers } = await call('DELETE', '/api/orders', { token: user.token })

  assert.equal(status, 405)
  assert.deepEqual(
    headers
      .get('allow')
      ?.split(', ')
      .filter((name) => /GET|POST/.test(name)),
    ['GET', 'POST']
  )
})

test('every path exists under /api/v1 as well', async () => {
  const { status, body } = await call('GET', '/api/v1/me', { token: user.token })

  assert.equal(status, 200)
  assert.equal(body.id, user.id)
})

test('I4 an answer tells how many requests are left', async () => {
  const { status, headers } = await call('GET', '/api/me', { token: user.token })

  assert.equal(status, 200)
  const names = [...headers.keys()].filter((name) => name.includes('ratelimit'))
  assert.ok(names.length > 0, [...headers.keys()].join(' '))
})
