import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, type TestContext, test } from 'node:test'
import { startInProcess } from '../harness/in-process.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'
import { acceptAt, openWebSocket } from '../harness/websocket.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  GET /one/**: { to: echo, allow: public }
  GET /live:   { to: echo, allow: public, stream: websocket, idle: 5m }
`

/** A gateway whose clock goes ahead when it is told to; it looks at its connections then, and at no other time. */
async function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const now = performance.now.bind(performance)
  let ahead = 0
  t.mock.method(performance, 'now', () => now() + ahead)
  const { port } = await startInProcess(t, table)
  return {
    port,
    pass(ms: number) {
      // What has come is seen first.
      t.mock.timers.tick(3000)
      ahead += ms
      t.mock.timers.tick(3000)
    }
  }
}

test('F20 closes a connection after 72 s without a request, and says so in each answer', async (t) => {
  upstream.answer('/one/idle', () => ok())
  const { port, pass } = await setUp(t)
  const client = await connectRaw(t, port)

  for (const ms of [71_000, 71_000, 74_000]) {
    client.send(requestBytes('/one/idle'))
    const answer = await client.answer()
    assert.equal(answer.status, 200)
    assert.equal(answer.header('keep-alive'), 'timeout=72')
    pass(ms)
  }

  assert.ok(await client.closed())
})

test('F20 leaves a connection open whose client waits for an answer', async (t) => {
  const asked = Promise.withResolvers<Socket>()
  upstream.answer('/one/long', (_seen, socket) => asked.resolve(socket))
  const { port, pass } = await setUp(t)
  const client = await connectRaw(t, port)
  client.send(requestBytes('/one/long'))
  const service = await asked.promise

  pass(80_000)
  pass(80_000)
  service.write(ok())

  assert.equal((await client.answer()).status, 200)
})

test('F20 leaves the idle time of a tunnel to its line', async (t) => {
  const { port, pass } = await setUp(t)
  const accepted = acceptAt(upstream, '/live')
  const client = await openWebSocket(t, port, '/live')
  const service = await accepted

  pass(80_000)
  pass(80_000)
  service.socket.write('still there')

  await client.until('what the service sent', () => `${client.state.bytes}` === 'still there')
  client.socket.destroy()
})
