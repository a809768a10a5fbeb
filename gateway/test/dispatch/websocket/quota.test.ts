import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { requestBytes } from '../../harness/request.ts'
import { bearer } from '../../harness/token.ts'
import { startUpstream } from '../../harness/upstream.ts'
import { acceptAt, openWebSocket } from '../../harness/websocket.ts'

type Context = Parameters<typeof startUpstream>[0] & Parameters<typeof startGateway>[0]

const somebodyElse = '01900000-0000-7000-8000-00000000000b'

async function startStreams(t: Context) {
  const upstream = await startUpstream(t)
  upstream.answer(
    '/events',
    () => 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n'
  )
  const { port } = await startGateway(
    t,
    `
services: { echo: { url: "${upstream.url}" } }
defaults: { streams: { per_user: 2, total: 3 } }
routes:
  GET /events: { to: echo, allow: user, stream: sse }
  GET /live:   { to: echo, allow: user, stream: websocket }
`
  )
  /** Opens a stream for a user; its status, and the way to leave it. */
  async function open(sub?: string, from = '127.0.0.1') {
    const client = await connectRaw(t, port, { from })
    client.send(requestBytes('/events', { headers: [bearer(sub)] }))
    const answer = await client.partial(({ body }) => body.length > 0)
    return { answer, leave: () => client.abort() }
  }
  return { upstream, port, open }
}

test('F59 answers 429 to a user with too many streams, 503 where a network or all have too many', async (t) => {
  const { upstream, open } = await startStreams(t)
  const [first, second] = [await open(), await open()]

  const third = await open()
  const crowded = await open(somebodyElse)
  const others = await open(somebodyElse, '127.0.0.2')
  const beyond = await open(somebodyElse, '127.0.0.3')

  assert.deepEqual(
    [first, second, third, crowded, others, beyond].map(({ answer }) => answer.status),
    [200, 200, 429, 503, 200, 503]
  )
  assert.equal(third.answer.json().type, '/problems/too-many-streams')
  assert.equal(third.answer.header('retry-after'), '5')
  assert.equal(beyond.answer.json().type, '/problems/overloaded')
  assert.equal(beyond.answer.header('retry-after'), '5')
  assert.equal(upstream.requests('/events').length, 3)

  first.leave()
  let again = await open()
  for (let tries = 0; tries < 100 && again.answer.status !== 200; tries += 1) again = await open()
  assert.equal(again.answer.status, 200)
})

test('F59 a WebSocket counts as a stream, and gives its place back when it ends', async (t) => {
  const { upstream, port, open } = await startStreams(t)
  const live = () => openWebSocket(t, port, '/live', { headers: [bearer()] })
  const accepted = acceptAt(upstream, '/live')
  const [socket, events] = [await live(), await open()]
  await accepted

  const refused = await live()

  assert.deepEqual([socket.status, events.answer.status, refused.status], [101, 200, 429])
  assert.match(refused.text, /^HTTP\/1\.1 429 /)
  assert.equal(upstream.requests('/live').length, 1)

  socket.socket.resetAndDestroy()
  let again = await open()
  for (let tries = 0; tries < 100 && again.answer.status !== 200; tries += 1) again = await open()
  assert.equal(again.answer.status, 200)
})
