import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { isSigned } from '../../harness/signature.ts'
import { ada, bearer, mintToken } from '../../harness/token.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'
import {
  acceptAt,
  acceptOf,
  frame,
  key,
  openWebSocket,
  switching
} from '../../harness/websocket.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { live: { url: "${upstream.url}" } }
cors: { origins: ["https://app.example"] }
routes:
  GET /open/**:    { to: live, allow: public, stream: websocket }
  GET /private/**: { to: live, allow: user, stream: websocket }
  GET /admin/**:   { to: live, allow: admin, stream: websocket }
  GET /limited:    { to: live, allow: user, stream: websocket, rate: 1/h per user }
  GET /short:      { to: live, allow: public, stream: websocket, timeout: 300ms }
  GET /plain:      { to: live, allow: public }
`
)
const { port } = gateway
const mask = Buffer.from([1, 2, 3, 4])

test('F28 answers 101 after the upstream has, and carries bytes both ways untouched', async (t) => {
  const accepted = acceptAt(upstream, '/open/echo', 'sec-websocket-extensions: permessage-deflate')
  const extensions = 'sec-websocket-extensions: permessage-deflate; client_max_window_bits, x-other'

  const client = await openWebSocket(t, port, '/open/echo?room=1', { headers: [extensions] })
  const service = await accepted
  client.socket.write(frame('up', { mask }))
  service.socket.write(frame('down'))
  await service.has(frame('up', { mask }))
  await client.has(frame('down'))

  assert.equal(client.status, 101)
  assert.deepEqual(client.all('sec-websocket-accept'), [acceptOf(key)])
  assert.deepEqual(client.all('sec-websocket-extensions'), ['permessage-deflate'])
  assert.deepEqual(client.all('connection'), ['Upgrade'])
  assert.equal(service.seen.target, '/open/echo?room=1')
  assert.deepEqual(service.seen.all('upgrade'), ['websocket'])
  assert.deepEqual(service.seen.all('sec-websocket-key'), [key])
  assert.deepEqual(service.seen.all('sec-websocket-extensions'), [
    'permessage-deflate; client_max_window_bits, x-other'
  ])
  assert.equal(client.state.bytes.length, frame('down').length)
})

test('F28 loses no byte that is sent together with the handshake, on either side', async (t) => {
  const early = frame('early', { mask })
  upstream.atHead('/open/head', (seen, socket) => {
    socket.write(Buffer.concat([Buffer.from(switching(seen)), frame('first')]))
    socket.on('data', (bytes) => socket.write(bytes))
  })

  const client = await openWebSocket(t, port, '/open/head', { early })
  await client.has(early)

  assert.equal(client.status, 101)
  assert.deepEqual(client.state.bytes, Buffer.concat([frame('first'), early]))
})

test('F28 says who asks, as on every request', async (t) => {
  const accepted = acceptAt(upstream, '/private/who')
  const headers = [bearer(), 'request-user-id: evil']

  const client = await openWebSocket(t, port, '/private/who', { headers })
  const { seen } = await accepted

  assert.equal(client.status, 101)
  assert.deepEqual(seen.all('request-user-id'), [ada])
  assert.ok(isSigned(seen, ada, 'default'))
  assert.deepEqual(seen.all('authorization'), [])
})

test('F28 takes the token of a browser as a subprotocol, and keeps the others intact', async (t) => {
  const token = mintToken()
  const accepted = acceptAt(upstream, '/private/browser', 'sec-websocket-protocol: orders.v1')
  const protocols = [`sec-websocket-protocol: orders.v2, bearer, ${token}`]

  const client = await openWebSocket(t, port, '/private/browser', {
    headers: [...protocols, 'sec-websocket-protocol: orders.v1']
  })
  const { seen } = await accepted

  assert.equal(client.status, 101)
  assert.deepEqual(seen.all('sec-websocket-protocol'), ['orders.v2, orders.v1'])
  assert.deepEqual(seen.all('request-user-id'), [ada])
  assert.deepEqual(client.all('sec-websocket-protocol'), ['orders.v1'])
  assert.ok(!seen.text.includes(token))
})

test('F28 chooses the subprotocol bearer where the upstream chooses none', async (t) => {
  const accepted = acceptAt(upstream, '/private/alone')
  const headers = [`sec-websocket-protocol: bearer, ${mintToken()}`]

  const client = await openWebSocket(t, port, '/private/alone', { headers })
  const { seen } = await accepted

  assert.equal(client.status, 101)
  assert.deepEqual(seen.all('sec-websocket-protocol'), [])
  assert.deepEqual(client.all('sec-websocket-protocol'), ['bearer'])
})

/** Refused before the upstream is asked: [how, path, headers, instead, status]. */
const version = 'sec-websocket-version: 13'
const asks = ['connection: Upgrade', 'upgrade: websocket']
const good = [...asks, version, `sec-websocket-key: ${key}`]
const refused: [string, string, string[], string[], number][] = [
  ['no token', '/private/no', [], good, 401],
  ['a bad token', '/private/no', ['authorization: Bearer x.y.z'], good, 401],
  ['a bad subprotocol token', '/private/no', ['sec-websocket-protocol: bearer, x'], good, 401],
  ['a token of the wrong type', '/admin/no', [bearer()], good, 403],
  ['no key', '/open/no', [], [...asks, version], 400],
  ['a short key', '/open/no', [], [...asks, version, 'sec-websocket-key: dGhl'], 400],
  ['two keys', '/open/no', [`sec-websocket-key: ${key}`], good, 400],
  ['another version', '/open/no', [], [...asks, 'sec-websocket-version: 8'], 426],
  ['no upgrade', '/open/no', [], [], 426],
  ['a body', '/open/no', ['content-length: 3'], good, 400],
  ['a chunked body', '/open/no', ['transfer-encoding: chunked'], good, 400],
  ['a dot segment', '/open/../private/no', [], good, 400],
  ['another origin', '/open/no', ['origin: https://evil.example'], good, 403],
  ['an origin that begins alike', '/open/no', ['origin: http://gateway.evil.example'], good, 403],
  ['another port', '/open/no', ['origin: http://gateway:8443'], good, 403],
  ['the origin null', '/open/no', ['origin: null'], good, 403]
]
for (const [how, path, headers, instead, status] of refused) {
  test(`F28 refuses a WebSocket with ${how}, and asks no upstream`, async (t) => {
    const before = upstream.seen.length

    const client = await openWebSocket(t, port, path, { headers, instead })
    await client.ended()

    assert.equal(client.status, status)
    assert.deepEqual(client.all('content-type'), ['application/problem+json'])
    assert.equal(JSON.parse(client.state.bytes.toString()).status, status)
    assert.equal(upstream.seen.length, before)
    if (status === 426) assert.deepEqual(client.all('sec-websocket-version'), ['13'])
  })
}

test('F28 K13 lets pages of its own and of allowed origins in, and what is no browser', async (t) => {
  acceptAt(upstream, '/open/own')

  for (const headers of [['origin: https://gateway'], ['origin: https://app.example'], []]) {
    const client = await openWebSocket(t, port, '/open/own', { headers })
    assert.equal(client.status, 101)
  }
})

test('F28 counts a WebSocket against the rate before the upstream is asked', async (t) => {
  acceptAt(upstream, '/limited')
  const headers = [bearer()]

  const first = await openWebSocket(t, port, '/limited', { headers })
  const second = await openWebSocket(t, port, '/limited', { headers })

  assert.equal(first.status, 101)
  assert.equal(second.status, 429)
  assert.equal(upstream.requests('/limited').length, 1)
})

const answers: [number, string][] = [
  [200, ok('no socket here', 'x-from: upstream')],
  [426, ok('upgrade', 'x-from: upstream').replace('200 OK', '426 Upgrade Required')],
  [401, ok('who', 'x-from: upstream').replace('200 OK', '401 Unauthorized')]
]
for (const [status, bytes] of answers) {
  test(`F28 passes an upstream's ${status} as it is`, async (t) => {
    upstream.answer(`/open/answers-${status}`, () => bytes)

    const client = await openWebSocket(t, port, `/open/answers-${status}`)
    await client.ended()

    assert.equal(client.status, status)
    assert.deepEqual(client.all('x-from'), ['upstream'])
    assert.equal(client.state.bytes.toString(), bytes.split('\r\n\r\n')[1])
  })
}

const badly: [string, string][] = [
  ['no accept', 'HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n'],
  [
    'a wrong accept',
    `HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${key}\r\n\r\n`
  ],
  [
    'another protocol',
    `HTTP/1.1 101 X\r\nupgrade: h2c\r\nconnection: Upgrade\r\nsec-websocket-accept: ${acceptOf(key)}\r\n\r\n`
  ],
  [
    'a coding',
    `HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${acceptOf(key)}\r\ntransfer-encoding: gzip\r\n\r\n`
  ],
  ['no upgrade', `HTTP/1.1 101 X\r\nsec-websocket-accept: ${acceptOf(key)}\r\n\r\n`]
]
for (const [index, [how, bytes]] of badly.entries()) {
  test(`F28 answers 502 to an upstream's 101 with ${how}`, async (t) => {
    upstream.answer(`/open/badly-${index}`, () => bytes)

    const client = await openWebSocket(t, port, `/open/badly-${index}`)
    await client.ended()

    assert.equal(client.status, 502)
    assert.deepEqual(client.all('content-type'), ['application/problem+json'])
  })
}

test('F28 answers 504 where the upstream does not answer in time', async (t) => {
  upstream.atHead('/short', () => null)

  const client = await openWebSocket(t, port, '/short')

  assert.equal(client.status, 504)
})

test('F27 takes an upgrade on any other line for an ordinary request', async (t) => {
  const answer = await request(t, port, '/plain', { headers: good })

  assert.equal(answer.status, 200)
  assert.deepEqual(upstream.requests('/plain')[0]?.all('upgrade'), [])
})

test('F23 lets no 101 overtake the answer to a request before it', async (t) => {
  const gate = Promise.withResolvers<void>()
  upstream.answer('/plain', async (_seen, socket) => {
    await gate.promise
    socket.write(ok('first'))
  })
  acceptAt(upstream, '/open/overtaking')
  const client = await connectRaw(t, port)

  client.send(requestBytes('/plain'), requestBytes('/open/overtaking', { headers: good }))
  await upstream.saw('/plain', (seen) => seen.all('upgrade').length === 0)
  gate.resolve()

  assert.equal((await client.answer()).body.toString(), 'first')
  assert.equal((await client.answer()).status, 426)
})
