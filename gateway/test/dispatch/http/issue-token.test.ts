import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, test } from 'node:test'
import { jwtSecret, startGateway } from '../../harness/gateway.ts'
import { request } from '../../harness/request.ts'
import { ada, bob, goodHeader, now } from '../../harness/token.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { users: { url: "${upstream.url}", strip: /api } }
routes:
  POST /api/login:      { to: users, path: /sessions, allow: public, issue: token }
  POST /api/bad/:id:    { to: users, path: /bad/:id, allow: public, issue: token }
  GET  /api/me:         { to: users, allow: user }
`
)

const session = '01900000-0000-7000-8000-0000000000c1'
const internal = {
  user_id: ada,
  user_type: 'admin',
  session_id: session,
  refresh_token: 'refresh-me'
}
const json = 'content-type: application/json'
const credentials = { method: 'POST', headers: [json], body: '{"username":"a","password":"b"}' }
const partsOf = (token: string) =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))

upstream.answer('/sessions', () =>
  ok(JSON.stringify(internal), json, 'set-cookie: internal=1', 'x-internal: 1', 'etag: "1"')
)

test('turns the answer of the users service into a token response', async (t) => {
  const answer = await request(t, gateway.port, '/api/login', credentials)

  assert.equal(answer.status, 200)
  const body = answer.json()
  assert.deepEqual(Object.keys(body).sort(), [
    'access_token',
    'expires_in',
    'refresh_token',
    'token_type'
  ])
  assert.equal(body.token_type, 'bearer')
  assert.equal(body.expires_in, 900)
  assert.equal(body.refresh_token, 'refresh-me')
  assert.match(answer.header('content-type') ?? '', /^application\/json/)
  assert.equal(upstream.requests('/sessions')[0]?.body.toString(), credentials.body)
})

test('C17 lets nobody store a token response', async (t) => {
  const answer = await request(t, gateway.port, '/api/login', credentials)

  assert.equal(answer.status, 200)
  assert.equal(answer.header('cache-control'), 'no-store')
})

test('shows nothing of the internal answer', async (t) => {
  const answer = await request(t, gateway.port, '/api/login', credentials)

  assert.equal(answer.status, 200)
  for (const name of ['set-cookie', 'x-internal', 'etag']) assert.deepEqual(answer.all(name), [])
  const whole = answer.text + answer.body
  for (const field of ['user_id', 'session_id', session]) assert.ok(!whole.includes(field), field)
})

test('B21 puts no more into a token than the contract says', async (t) => {
  const answer = await request(t, gateway.port, '/api/login', credentials)
  const token = String(answer.json().access_token)
  const [header, { jti, iat, exp, ...claims }] = partsOf(token)

  assert.equal(answer.status, 200)
  assert.deepEqual(header, goodHeader)
  assert.deepEqual(claims, {
    iss: 'gatehouse',
    aud: 'gatehouse',
    sub: ada,
    user_type: 'admin',
    sid: session
  })
  assert.equal(exp - iat, 900)
  assert.ok(Math.abs(iat - now()) <= 1)
  assert.match(jti, /^.{16,}$/)
})

test('signs tokens with the secret, each with an id of its own, and accepts them', async (t) => {
  const answers = [1, 2].map(() => request(t, gateway.port, '/api/login', credentials))
  const tokens = (await Promise.all(answers)).map((answer) => String(answer.json().access_token))
  const [first = '', second = ''] = tokens
  const [head, payload, mac] = first.split('.')
  const me = await request(t, gateway.port, '/api/me', {
    headers: [`authorization: Bearer ${first}`]
  })

  assert.equal(me.status, 200)
  assert.deepEqual(upstream.requests('/me')[0]?.all('request-user-type'), ['admin'])
  assert.equal(
    mac,
    createHmac('sha256', jwtSecret).update(`${head}.${payload}`).digest('base64url')
  )
  assert.notEqual(partsOf(first)[1].jti, partsOf(second)[1].jti)
})

test('passes a refusal of the users service as it is', async (t) => {
  const problem = JSON.stringify({ type: '/problems/wrong-credentials', status: 401 })
  const head = ['HTTP/1.1 401 Unauthorized', 'content-type: application/problem+json']
  upstream.answer('/bad/refused', () =>
    [...head, 'www-authenticate: Bearer', `content-length: ${problem.length}`, '', problem].join(
      '\r\n'
    )
  )

  const answer = await request(t, gateway.port, '/api/bad/refused', credentials)

  assert.equal(answer.status, 401)
  assert.equal(answer.body.toString(), problem)
  assert.equal(answer.header('content-type'), 'application/problem+json')
})

const wrong: [string, string][] = [
  ['no-json', ok('hello', json)],
  ['no-user', ok(JSON.stringify({ ...internal, user_id: undefined }), json)],
  ['user-is-number', ok(JSON.stringify({ ...internal, user_id: 1 }), json)],
  ['no-session', ok(JSON.stringify({ ...internal, session_id: undefined }), json)],
  ['no-type', ok(JSON.stringify({ ...internal, user_type: null }), json)],
  ['unknown-type', ok(JSON.stringify({ ...internal, user_type: 'robot' }), json)],
  ['no-refresh', ok(JSON.stringify({ ...internal, refresh_token: undefined }), json)],
  ['an-array', ok('[]', json)],
  ['null', ok('null', json)],
  ['empty', ok('', json)],
  ['cut-off', ok(JSON.stringify(internal).slice(0, -10), json)],
  ['too-long', ok(JSON.stringify({ ...internal, filler: 'x'.repeat(2_000_000) }), json)]
]
for (const [how, bytes] of wrong) {
  test(`answers 502 to an internal answer of the wrong shape: ${how}`, async (t) => {
    upstream.answer(`/bad/${how}`, () => bytes)

    const answer = await request(t, gateway.port, `/api/bad/${how}`, credentials)

    assert.equal(answer.status, 502)
    assert.equal(answer.header('content-type'), 'application/problem+json')
    assert.equal(answer.json().status, 502)
    assert.ok(!answer.body.includes(ada) && !answer.body.includes('refresh-me'))
  })
}

test('C14 answers 503, and when to try again, where nobody is there to check a login', async (t) => {
  const away = await startGateway(
    t,
    `
services: { users: { url: "http://127.0.0.1:1" } }
routes: { POST /login: { to: users, allow: public, issue: token } }
`
  )

  const answer = await request(t, away.port, '/login', credentials)

  assert.equal(answer.status, 503)
  assert.equal(answer.json().type, '/problems/logins-unavailable')
  assert.match(answer.header('retry-after') ?? '', /^[1-9]/)
})

test('answers 502 to an internal answer that breaks off', async (t) => {
  upstream.answer('/bad/broken', (_seen, socket) => {
    socket.end(`HTTP/1.1 200 OK\r\n${json}\r\ncontent-length: 500\r\n\r\n{"user_id":"${bob}"`)
  })

  const answer = await request(t, gateway.port, '/api/bad/broken', credentials)

  assert.equal(answer.status, 502)
  assert.ok(!answer.body.includes(bob))
})
