import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { type Answer, connectRaw } from '../../harness/raw-client.ts'
import { request } from '../../harness/request.ts'
import { mistakesOf } from '../../harness/table.ts'
import { bearer } from '../../harness/token.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  GET  /private: { to: echo, allow: user }
  GET  /limited: { to: echo, allow: public, rate: 1000/min per ip }
  GET  /x:       { to: echo, allow: public }
  POST /x:       { to: echo, allow: public }
  ANY  /any/**:  { to: echo, allow: public }
`
const cors = 'cors: { origins: ["https://allowed.com"], credentials: true, max_age: 5m }'
const gateway = await startGateway({ after }, table + cors, { TRUSTED_PROXIES: '127.0.0.1' })
const silent = await startGateway({ after }, table)

type Context = Parameters<typeof request>[0]
const own = "default-src 'none'; frame-ancestors 'none'"

function checkSafe(answer: Answer, contentPolicy: string) {
  assert.deepEqual(answer.all('x-content-type-options'), ['nosniff'])
  assert.deepEqual(answer.all('referrer-policy'), ['no-referrer'])
  assert.deepEqual(answer.all('content-security-policy'), [contentPolicy])
  assert.deepEqual(answer.all('server').concat(answer.all('x-powered-by')), [])
}

const ownAnswers: [string, string, number][] = [
  ['an own answer', '/health/live', 200],
  ['a refusal', '/private', 401],
  ['a path of nobody', '/nobody', 404],
  ['a path that is none', '/a/../b', 400]
]
for (const [what, path, status] of ownAnswers) {
  test(`K11 tells browsers to run and frame nothing of ${what}`, async (t) => {
    const answer = await request(t, gateway.port, path)

    assert.equal(answer.status, status)
    checkSafe(answer, own)
  })
}

test('K11 tells browsers to run and frame nothing of the answer to what is not HTTP', async (t) => {
  const client = await connectRaw(t, gateway.port)
  client.send('\x01\r\n\r\n')

  const answer = await client.answer()

  assert.equal(answer.status, 400)
  checkSafe(answer, own)
})

/** An upstream's answer to GET /x with these fields, as the client gets it. */
async function passed(t: Context, headers: string[], asked: string[] = [], path = '/x') {
  upstream.answer(path, () => ok('{}', ...headers))
  const answer = await request(t, gateway.port, path, { headers: asked })
  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), '{}')
  return answer
}

for (const type of ['application/json', 'Application/Problem+JSON; charset=utf-8']) {
  test(`K11 tells browsers to run and frame nothing of an upstream's ${type}`, async (t) => {
    checkSafe(await passed(t, [`content-type: ${type}`, 'server: x', 'x-powered-by: x']), own)
  })
}

test('K11 leaves the policies that an upstream has of its own', async (t) => {
  const policy = "default-src 'self'"
  const answer = await passed(t, [
    'content-type: application/json',
    `content-security-policy: ${policy}`,
    'Referrer-Policy: same-origin',
    'x-content-type-options: none'
  ])
  const page = await passed(t, ['content-type: text/html'])

  assert.deepEqual(answer.all('content-security-policy'), [policy])
  assert.deepEqual(answer.all('referrer-policy'), ['same-origin'])
  assert.deepEqual(answer.all('x-content-type-options'), ['nosniff'])
  assert.deepEqual(page.all('content-security-policy'), [])
})

test('K23 asks for TLS only where a trusted proxy says that the client came by it', async (t) => {
  const https = { headers: ['x-forwarded-proto: https'] }
  const upstreams = ['strict-transport-security: max-age=0']
  for (const path of ['/x', '/private', '/health/live', '/nobody']) {
    upstream.answer('/x', () => ok('', ...upstreams))
    const trusted = await request(t, gateway.port, path, https)
    const plain = await request(t, gateway.port, path)
    const untrusted = await request(t, gateway.port, path, { ...https, from: '127.0.0.2' })

    const all = trusted.all('strict-transport-security')
    assert.deepEqual(all, ['max-age=63072000; includeSubDomains'], path)
    assert.deepEqual(plain.all('strict-transport-security'), [], path)
    assert.deepEqual(untrusted.all('strict-transport-security'), [], path)
  }
})

test('I4 drops what an upstream says of limits where the line has a rate, and only there', async (t) => {
  const fields = ['RateLimit-Limit: 7', 'ratelimit-remaining: 7', 'ratelimit-policy: 7;w=1']
  const limited = await passed(t, fields, [], '/limited')
  const free = await passed(t, fields)

  assert.deepEqual(limited.all('ratelimit-limit'), ['1000'])
  assert.equal(limited.all('ratelimit-remaining').length, 1)
  assert.deepEqual(limited.all('ratelimit-policy'), [])
  assert.deepEqual(free.all('ratelimit-limit'), ['7'])
  assert.deepEqual(free.all('ratelimit-policy'), ['7;w=1'])
})

const good = 'https://allowed.com'
const upstreamsOwn = [
  'Access-Control-Allow-Origin: *',
  'access-control-allow-credentials: true',
  'access-control-expose-headers: x-secret'
]

test('K13 lets scripts of an allowed origin read every answer', async (t) => {
  for (const [path, status] of [
    ['/x', 200],
    ['/private', 401],
    ['/health/live', 200]
  ] as const) {
    upstream.answer('/x', () => ok('', ...upstreamsOwn))
    const answer = await request(t, gateway.port, path, { headers: [`origin: ${good}`] })

    assert.equal(answer.status, status)
    assert.deepEqual(answer.all('access-control-allow-origin'), [good], path)
    assert.deepEqual(answer.all('access-control-allow-credentials'), ['true'], path)
    assert.deepEqual(answer.all('vary'), ['origin'], path)
    assert.equal(answer.all('access-control-expose-headers').length, 1)
    assert.doesNotMatch(answer.header('access-control-expose-headers') ?? '', /x-secret/)
  }
})

const foreign = [
  'null',
  'https://evil-allowed.com',
  'https://allowed.com.evil.example',
  'https://sub.allowed.com',
  'http://allowed.com',
  'https://allowed.com:8443',
  'https://allowed.com/',
  'https://ALLOWED.com',
  'https://allowed.com, https://evil.example',
  '*'
]
for (const origin of foreign) {
  test(`K13 lets no script of ${origin} read an answer, whatever the upstream says`, async (t) => {
    const answer = await passed(t, upstreamsOwn, [`origin: ${origin}`])
    const preflight = await request(t, gateway.port, '/x', {
      method: 'OPTIONS',
      headers: [`origin: ${origin}`, 'access-control-request-method: POST']
    })

    assert.equal(preflight.status, 403)
    for (const { headers, all } of [answer, preflight]) {
      assert.deepEqual(
        headers.filter(([name]) => /^access-control/i.test(name)),
        []
      )
      assert.deepEqual(all('vary'), ['origin'])
    }
  })
}

test('K13 leaves what an upstream says of origins where the table says nothing', async (t) => {
  upstream.answer('/x', () => ok('', ...upstreamsOwn))
  const answer = await request(t, silent.port, '/x', { headers: [`origin: ${good}`] })

  assert.equal(answer.status, 200)
  assert.deepEqual(answer.all('access-control-allow-origin'), ['*'])
})

const preflight = (t: Context, path: string, method = 'POST') =>
  request(t, gateway.port, path, {
    method: 'OPTIONS',
    headers: [`origin: ${good}`, `access-control-request-method: ${method}`]
  })
const everything = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY'

test('K26 answers a preflight itself, without a token', async (t) => {
  const before = upstream.seen.length
  const answers = {
    '/private': await preflight(t, '/private', 'GET'),
    '/x': await preflight(t, '/x'),
    '/any/x': await preflight(t, '/any/x', 'PUT')
  }

  for (const answer of Object.values(answers)) {
    assert.equal(answer.status, 204)
    assert.equal(answer.header('access-control-allow-origin'), good)
    assert.equal(answer.header('access-control-allow-credentials'), 'true')
    assert.equal(answer.header('access-control-max-age'), '300')
    assert.match(answer.header('access-control-allow-headers') ?? '', /\bauthorization\b/)
    assert.deepEqual(answer.all('vary'), ['origin'])
    assert.deepEqual(answer.all('content-length'), [])
  }
  const methods = Object.values(answers).map((answer) =>
    answer.header('access-control-allow-methods')
  )
  assert.deepEqual(methods, ['GET, HEAD', 'GET, HEAD, POST', everything])
  assert.equal(upstream.seen.length, before)
})

test('lists the methods of an ANY line, and none of a path that nobody has', async (t) => {
  const last = { method: 'OPTIONS', headers: ['max-forwards: 0', bearer()] }
  const known = await request(t, gateway.port, '/any/x', last)
  const unknown = await request(t, gateway.port, '/nobody', last)

  assert.equal(known.status, 204)
  assert.equal(known.header('allow'), everything)
  assert.equal(unknown.status, 404)
})

test('F1 keeps the length of an answer whose connection field lists it', async (t) => {
  const answer = await passed(t, ['connection: Content-Length, x-mine', 'x-mine: 1'])

  assert.equal(answer.header('content-length'), '2')
  assert.equal(answer.header('transfer-encoding'), undefined)
  assert.equal(answer.header('x-mine'), undefined)
})

test('forwards fields that are called like parts of an object', async (t) => {
  const answer = await passed(
    t,
    ['constructor: 1', '__proto__: 2'],
    ['constructor: 3', '__proto__: 4']
  )

  assert.deepEqual([answer.header('constructor'), answer.header('__proto__')], ['1', '2'])
  const seen = upstream.seen.at(-1)
  assert.deepEqual([seen?.all('constructor'), seen?.all('__proto__')], [['3'], ['4']])
})

test('F1 keeps the upgrade of a 426, which says by what a client may come (RFC 9110 15.5.22)', async (t) => {
  for (const [status, connection] of [
    ['426 Upgrade Required', 'connection: upgrade'],
    ['426 Upgrade Required', 'x-other: 1'],
    ['200 OK', 'connection: upgrade']
  ] as const) {
    const headers = ['upgrade: websocket', 'upgrade: h2c', connection]
    upstream.answer('/any/upgrade', () => ok('no', ...headers).replace('200 OK', status))

    const answer = await request(t, gateway.port, '/any/upgrade')

    const isAsked = status.startsWith('426')
    assert.equal(answer.body.toString(), 'no')
    assert.deepEqual(answer.all('upgrade'), isAsked ? ['websocket, h2c'] : [])
    assert.equal(answer.all('connection').includes('upgrade'), isAsked)
  }
})

test('K13 names the headers of the table beside those that every API has', async (t) => {
  const more = 'exposed_headers: [x-total-count], request_headers: [X-Client, x-tenant]'
  const own = await startGateway(t, `${table}cors: { origins: ["${good}"], ${more} }`)
  const headers = [`origin: ${good}`, 'access-control-request-method: GET']

  const answer = await request(t, own.port, '/x', { headers: [`origin: ${good}`] })
  const asked = await request(t, own.port, '/x', { method: 'OPTIONS', headers })

  assert.match(
    answer.header('access-control-expose-headers') ?? '',
    /, etag.*, x-total-count$|^etag.*, x-total-count$/
  )
  assert.match(
    asked.header('access-control-allow-headers') ?? '',
    /^authorization, .*, x-client, x-tenant$/
  )
})

test('K13 refuses what is no header name in the table', () => {
  for (const [key, name] of [
    ['exposed_headers', '*'],
    ['exposed_headers', 'x total'],
    ['request_headers', 'x-a, x-b'],
    ['request_headers', 'x-http-method-override'],
    ['request_headers', 'x-forwarded-for']
  ]) {
    const [fault = ''] = mistakesOf(`${table}cors: { origins: ["${good}"], ${key}: ["${name}"] }`)
    assert.match(fault, /name of a header|never forwards/)
  }
})
