import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**: { to: echo, allow: public }
  GET /live:      { to: echo, allow: public, stream: websocket }
`
)

/** The target of a request as the log has it, as soon as it has, within a second. */
async function logged(id: string | undefined) {
  const found = () => gateway.log.find(({ request_id }) => request_id === id)
  for (let turn = 0; turn < 200 && !found(); turn += 1) await setTimeout(5)
  return found()?.url
}

async function ask(t: Parameters<typeof connectRaw>[0], line: string, host = 'gateway:80') {
  const client = await connectRaw(t, gateway.port)
  client.send(`${line} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  return await client.answer()
}

for (const [target, path] of [
  ['http://gateway:80/public/own?q=1', '/public/own?q=1'],
  ['HTTP://GATEWAY:80/public/upper', '/public/upper']
] as const) {
  test(`F15 takes ${target} for what is asked of this host`, async (t) => {
    const answer = await ask(t, `GET ${target}`)

    assert.equal(answer.status, 200)
    const seen = upstream.seen.find((one) => one.target === path)
    assert.deepEqual(seen?.all('host'), [`127.0.0.1:${upstream.port}`])
    assert.deepEqual(seen?.all('x-forwarded-host'), ['gateway:80'])
  })
}

for (const target of [
  'http://evil/public/x',
  'http://gateway/public/x',
  'http://gateway:80@evil/public/x',
  'http://evil@gateway:80/public/x',
  'http:/gateway:80/public/x',
  'ftp://gateway:80/public/x',
  'http://gateway:80/public/../x',
  'http://gateway:80//public/x',
  'http://gateway:80http://gateway:80/public/x',
  'gateway:80/public/x'
]) {
  test(`F15 refuses ${target}, and asks no upstream`, async (t) => {
    const before = upstream.seen.length

    const answer = await ask(t, `GET ${target}`)

    assert.equal(answer.status, 400)
    assert.equal(upstream.seen.length, before)
  })
}

test('F15 serves its own pages to an absolute target, with and without a path', async (t) => {
  for (const target of ['http://gateway:80', 'http://gateway:80/', 'http://gateway:80?x']) {
    assert.equal((await ask(t, `GET ${target}`)).status, 200, target)
  }
  assert.equal((await ask(t, 'GET http://gateway:80/health/live')).status, 200)
})

for (const target of ['*', 'http://gateway:80']) {
  test(`F38 answers OPTIONS ${target} itself, for the server as a whole`, async (t) => {
    const before = upstream.seen.length

    const answer = await ask(t, `OPTIONS ${target}`)

    assert.equal(answer.status, 204)
    assert.match(answer.header('allow') ?? '', /\bGET\b.*\bPOST\b/)
    assert.equal(answer.header('content-length'), undefined)
    assert.equal(upstream.seen.length, before)
  })
}

test('F16 takes a host with an empty port', async (t) => {
  assert.equal((await ask(t, 'GET /public/empty-port', 'gateway:')).status, 200)
})

for (const host of ['[::1]', '[::1]:80', '[2001:DB8::ffff:192.0.2.1]', '[1:2:3:4:5:6:7:8]:'])
  test(`F16 takes ${host} for a host`, async (t) => {
    assert.equal((await ask(t, 'GET /public/literal', host)).status, 200)
  })

for (const host of [
  '[.]',
  '[:]',
  '[:::]',
  '[1.2.3.4]',
  '[fe80:::1]',
  '[abcde::1]',
  '[1:2:3:4:5:6:7:8:9]',
  '[::1]:65536'
])
  test(`F16 refuses ${host} as a host`, async (t) => {
    assert.equal((await ask(t, 'GET /public/literal', host)).status, 400)
  })

for (const [target, told] of [
  ['http://joe:hunter2@gateway:80/public/x?a=b', 'http://***@gateway:80/public/x'],
  ['HTTPS://hunter2@gateway:80', 'HTTPS://***@gateway:80'],
  ['ftp://joe:hunter2@gateway/x', 'ftp://***@gateway/x'],
  ['//joe:hunter2@gateway:80/public/x', '//***@gateway:80/public/x'],
  ['http://a@b:hunter2@gateway:80/x', 'http://***@gateway:80/x']
] as const)
  test(`K9 writes no password of ${target} into the log`, async (t) => {
    const answer = await ask(t, `GET ${target}`)

    assert.equal(answer.status, 400)
    assert.equal(await logged(answer.header('request-id')), told)
    assert.doesNotMatch(JSON.stringify(gateway.log), /hunter2/)
  })

test('K9 leaves a path with an @ in it as it is in the log', async (t) => {
  const answer = await ask(t, 'GET /public/@joe:x@y')

  assert.equal(answer.status, 200)
  assert.equal(await logged(answer.header('request-id')), '/public/@joe:x@y')
})

test('F28 takes HEAD for no opening of a WebSocket', async (t) => {
  const client = await connectRaw(t, gateway.port, { methods: ['HEAD'] })
  const opening =
    'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
  client.send(`HEAD /live HTTP/1.1\r\nhost: gateway\r\n${opening}\r\n`)

  const answer = await client.answer()

  assert.equal(answer.status, 426)
  assert.equal(upstream.requests('/live').length, 0)
})

test('F15 answers 421 to an https target over a plain connection (RFC 9110 7.4)', async (t) => {
  const before = upstream.seen.length

  const refused = await ask(t, 'GET https://gateway:80/public/tls')
  const options = await ask(t, 'OPTIONS https://gateway:80')

  assert.deepEqual([refused.status, options.status], [421, 421])
  assert.equal(refused.json().type, '/problems/misdirected-request')
  assert.equal(upstream.seen.length, before)
})

test('F15 answers 421 to a WebSocket with an https target over a plain connection', async (t) => {
  const client = await connectRaw(t, gateway.port)
  const lines = [
    'GET https://gateway:80/live HTTP/1.1',
    'host: gateway:80',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=='
  ]
  client.send(`${lines.join('\r\n')}\r\n\r\n`)

  assert.equal((await client.answer()).status, 421)
})

test('F15 takes an https target where a trusted proxy says that the client came by TLS', async (t) => {
  const trusting = await startGateway(
    t,
    `
services: { echo: { url: "${upstream.url}" } }
routes: { ANY /public/**: { to: echo, allow: public } }
`,
    { TRUSTED_PROXIES: '127.0.0.1' }
  )
  const client = await connectRaw(t, trusting.port)
  client.send(
    'GET https://gateway:80/public/trusted HTTP/1.1\r\nhost: gateway:80\r\nx-forwarded-proto: https\r\n\r\n'
  )

  assert.equal((await client.answer()).status, 200)
  assert.equal(upstream.seen.at(-1)?.target, '/public/trusted')
})

for (const [target, sentence] of [
  ['/public/%2541', /%25, an encoded percent sign/],
  ['/public/a%2Fb', /%2F, an encoded delimiter/],
  ['/public/%5c', /%5c, an encoded delimiter/],
  ['/public/%0a', /%0a, an encoded control character/],
  ['/public/%7f', /%7f, an encoded control character/],
  ['/public/%41', /%41, an encoded character that needs no encoding/],
  ['/public/%2e%2e/x', /%2e, an encoded character that needs no encoding/]
] as const) {
  test(`F14 says of ${target} what is wrong with it`, async (t) => {
    const answer = await ask(t, `GET ${target}`)

    assert.equal(answer.status, 400)
    assert.match(String(answer.json().detail), sentence)
  })
}
