import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { startGatewayProcess } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { requestBytes } from '../../harness/request.ts'
import { startUpstream } from '../../harness/upstream.ts'
import { openWebSocket } from '../../harness/websocket.ts'

/** An upstream that refuses a stream, with an answer that it never ends. */
async function setUp(t: TestContext, status: number) {
  const upstream = await startUpstream(t)
  const stuck = `HTTP/1.1 ${status} No\r\ncontent-length: 100\r\n\r\nabc`
  upstream.answer('/events', () => stuck)
  upstream.atHead('/live', (_seen, socket) => socket.write(stuck))
  const table = `
services: { echo: { url: "${upstream.url}" } }
defaults: { timeout: 1s, streams: { total: 1 } }
routes:
  GET /events: { to: echo, allow: public, stream: sse }
  GET /live:   { to: echo, allow: public, stream: websocket }
`
  return await startGatewayProcess(t, table)
}

for (const status of [403, 500])
  test(`G1 F29 breaks off a ${status} on a line of events that is never ended, and frees its place`, async (t) => {
    const { port } = await setUp(t, status)
    const client = await connectRaw(t, port)
    client.send(requestBytes('/events'))

    const answer = await client.answer()

    assert.deepEqual([answer.status, answer.complete], [status, false])
    const next = await connectRaw(t, port)
    next.send(requestBytes('/events'))
    assert.equal((await next.partial()).status, status)
  })

for (const status of [200, 403])
  test(`G1 F28 breaks off a ${status} on a line of WebSockets that is never ended`, async (t) => {
    const { port } = await setUp(t, status)
    const client = await openWebSocket(t, port, '/live')

    assert.equal(client.status, status)
    await client.ended()
  })

test('G15 ends with 0 though a refused stream is never ended', async (t) => {
  const gateway = await setUp(t, 500)
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/events'))
  await client.partial()

  gateway.child.kill('SIGTERM')
  const [code] = await once(gateway.child, 'exit')

  assert.equal(code, 0)
})
