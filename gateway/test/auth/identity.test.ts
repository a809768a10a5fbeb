import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { isSigned } from '../harness/signature.ts'
import { ada, bearer, bob } from '../harness/token.ts'
import { ok, type Seen, startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services:
  echo:  { url: "${upstream.url}" }
  users: { url: "${upstream.url}", strip: /api }
routes:
  ANY  /public/**:    { to: echo, allow: public }
  ANY  /private/**:   { to: echo, allow: user }
  GET  /api/users:    { to: users, allow: user }
  ANY  /api/users/**: { to: users, allow: user }
`
)

function only(path: string): Seen {
  const requests = upstream.requests(path)
  assert.equal(requests.length, 1, `requests for ${path} at the upstream`)
  return requests[0] as Seen
}

/** Every header line of our family, however it is spelt. */
function identityLines({ headers }: Seen) {
  return headers.filter(([name]) => /request[-_. ]?(user|signature)/i.test(name))
}

function assertIs(seen: Seen, id: string, type: string) {
  assert.deepEqual(seen.all('request-user-id'), [id])
  assert.deepEqual(seen.all('request-user-type'), [type])
  assert.equal(seen.all('request-signature').length, 1)
  assert.ok(isSigned(seen, id, type), `signature ${seen.all('request-signature')}`)
  assert.equal(identityLines(seen).length, 3, seen.text)
}

test('A1 replaces the user id that a client claims by the subject of its token', async (t) => {
  const answer = await request(t, gateway.port, '/private/a1', {
    headers: [bearer(), `request-user-id: ${bob}`, 'request-user-type: admin']
  })

  assert.equal(answer.status, 200)
  assertIs(only('/private/a1'), ada, 'default')
})

const spellings: [string, string[]][] = [
  ['in capitals', [`Request-User-Id: ${bob}`, 'Request-User-Type: admin']],
  ['in upper case', [`REQUEST-USER-ID: ${bob}`, 'REQUEST-USER-TYPE: admin']],
  ['on two lines', [`request-user-id: ${bob}`, `request-user-id: ${ada}`]],
  ['on two lines of different case', [`request-user-id: ${ada}`, `Request-User-ID: ${bob}`]],
  ['as a list', [`request-user-id: ${ada}, ${bob}`]],
  ['empty', ['request-user-id:', 'request-user-type:']],
  ['with a space after it', [`request-user-id: ${bob} `]],
  ['with a tab after it', [`request-user-id: ${bob}\t`]],
  ['with a signature of its own', ['request-signature: v1.9999999999.AAAA', 'Request-Signature: x']]
]
for (const [index, [how, headers]] of spellings.entries()) {
  test(`A2 passes exactly one user id, the token's, when the client sends one ${how}`, async (t) => {
    const path = `/private/a2-${index}`

    const answer = await request(t, gateway.port, path, { headers: [bearer(), ...headers] })

    assert.equal(answer.status, 200)
    assertIs(only(path), ada, 'default')
  })
}

const lookAlikes = [
  'request_user_id',
  'request-user_id',
  'Request_User-Id',
  'request.user.id',
  'x-request-user-id',
  'X_Request_User_Id',
  'request_user_type',
  'request_signature',
  'x-request-signature'
]
for (const [index, name] of lookAlikes.entries()) {
  test(`A3 never forwards the look-alike ${name}`, async (t) => {
    const path = `/private/a3-${index}`

    const answer = await request(t, gateway.port, path, { headers: [bearer(), `${name}: ${bob}`] })

    assert.ok([200, 400].includes(answer.status), `status ${answer.status}`)
    if (answer.status === 400) return assert.equal(upstream.requests(path).length, 0)
    assertIs(only(path), ada, 'default')
  })
}

const connectionLines = [
  'Connection: close, request-user-id',
  'Connection: Request-User-Id',
  'CONNECTION:   REQUEST-USER-ID  ,  request-user-type ',
  'connection: keep-alive, request-signature, request-user-id, request-user-type, request-id'
]
for (const [index, line] of connectionLines.entries()) {
  test(`A4 keeps the identity headers that "${line}" names`, async (t) => {
    const path = `/private/a4-${index}`

    const answer = await request(t, gateway.port, path, {
      headers: [line, bearer(), `request-user-id: ${bob}`]
    })

    assert.equal(answer.status, 200)
    assertIs(only(path), ada, 'default')
    assert.equal(only(path).all('request-id').length, 1)
  })
}

test('A5 never merges or forwards a user id from the trailers of a chunked body', async (t) => {
  const answer = await request(t, gateway.port, '/private/a5', {
    method: 'POST',
    headers: [bearer(), 'transfer-encoding: chunked', 'trailer: request-user-id'],
    body: `5\r\nhello\r\n0\r\nrequest-user-id: ${bob}\r\nrequest-user-type: admin\r\n\r\n`
  })

  assert.equal(answer.status, 200)
  assertIs(only('/private/a5'), ada, 'default')
  assert.equal(only('/private/a5').body.toString(), 'hello')
  assert.ok(!upstream.seen.some(({ text }) => text.includes('trailer')))
})

for (const [how, headers] of [
  ['a claimed one', [`request-user-id: ${bob}`, 'request-user-type: admin']],
  ['a signature', ['request-signature: v1.9999999999.AAAA']],
  ['a good token', [bearer()]],
  ['a listed one', ['connection: request-user-id', `request_user_id: ${bob}`]]
] as const) {
  test(`A6 passes no user id on a public route where the client sends ${how}`, async (t) => {
    const path = `/public/a6-${how.replaceAll(' ', '-')}`

    const answer = await request(t, gateway.port, path, { headers: [...headers] })

    assert.ok([200, 400].includes(answer.status), `status ${answer.status}`)
    if (answer.status === 400) return assert.equal(upstream.requests(path).length, 0)
    assert.deepEqual(only(path).all('request-user-id'), [])
    assert.deepEqual(only(path).all('request-user-type'), [])
    assert.equal(identityLines(only(path)).length, 1)
    assert.ok(isSigned(only(path), '', ''), only(path).text)
  })
}

const tricks = [
  '/api/users/../health',
  '/api/users/../../health',
  '/api/users/%2e%2e/metrics',
  '/api/users/%2E%2E%2Fopenapi.json',
  '/api/users/..%2fhealth/ready',
  '/api/users/..;/health',
  '/api/users/..\\health',
  '/api/users/%5c..%5chealth',
  '/api/users/%252e%252e/health',
  '/api/users//../health',
  '/api/users/./../openapi.json',
  '/api//health/ready',
  '//health',
  '/api/../health',
  '/api/health/ready',
  '/api/openapi.json',
  '/api/users/../docs'
]
for (const path of tricks) {
  test(`A11 does not let ${path} reach what the service keeps to itself`, async (t) => {
    const before = upstream.seen.length

    const answer = await request(t, gateway.port, path, { headers: [bearer()] })

    assert.ok([400, 404].includes(answer.status), `status ${answer.status}`)
    assert.equal(upstream.seen.length, before, upstream.seen.at(-1)?.text)
  })
}

test('A12 takes internal headers out of the answer of an upstream', async (t) => {
  const internal = ['request-user-id', 'request-user-type', 'request-signature', 'x-powered-by']
  upstream.answer('/public/a12', () =>
    ok('x', ...internal.map((name) => `${name}: secret`), 'Server: internal/1.2.3', 'x-own: kept')
  )

  const answer = await request(t, gateway.port, '/public/a12')

  assert.equal(answer.status, 200)
  assert.equal(answer.header('x-own'), 'kept')
  for (const name of [...internal, 'server']) assert.deepEqual(answer.all(name), [], name)
})
