import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from './harness/gateway.ts'
import { connectRaw } from './harness/raw-client.ts'
import { startUpstream } from './harness/upstream.ts'

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

async function ask(t: Parameters<typeof connectRaw>[0], line: string, host = 'gateway:80') {
  const client = await connectRaw(t, gateway.port)
  client.send(`${line} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  return await client.answer()
}

for (const [target, path] of [
  ['http://gateway:80/public/own?q=1', '/public/own?q=1'],
  ['HTTP://GATEWAY:80/public/upper', '/public/upper'],
  ['https://gateway:80/public/tls', '/public/tls']
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
  test(`F15 answers OPTIONS ${target} itself, for the server as a whole`, async (t) => {
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

test('F28 takes HEAD for no opening of a WebSocket', async (t) => {
  const client = await connectRaw(t, gateway.port, { methods: ['HEAD'] })
  const opening =
    'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
  client.send(`HEAD /live HTTP/1.1\r\nhost: gateway\r\n${opening}\r\n`)

  const answer = await client.answer()

  assert.equal(answer.status, 426)
  assert.equal(upstream.requests('/live').length, 0)
})
