import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { after, type TestContext, test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'
import { acceptAt, openWebSocket } from '../harness/websocket.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  GET /one/**: { to: echo, allow: public }
  GET /live:   { to: echo, allow: public, stream: websocket, idle_timeout: 5m }
`

/** More than the buffers of a connection take. */
const largeBytes = 16 * 1024 * 1024

/** A gateway whose clock goes ahead when it is told to; it looks at its connections then, and at no other time. */
async function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const now = performance.now.bind(performance)
  let ahead = 0
  t.mock.method(performance, 'now', () => now() + ahead)
  const { port, server } = await startGateway(t, table)
  return {
    port,
    server,
    pass(ms: number) {
      // What has come is seen first.
      t.mock.timers.tick(3000)
      ahead += ms
      t.mock.timers.tick(3000)
    }
  }
}

test('F44 closes a connection after 72 s without a request, and says so in each answer', async (t) => {
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

/** Asks for more than the system takes for a client that does not read, and waits until the gateway has some left. */
async function leaveUnread(t: TestContext, { port, server }: Awaited<ReturnType<typeof setUp>>) {
  upstream.answer('/one/large', () => ok('x'.repeat(largeBytes)))
  const accepted = once(server, 'connection')
  const client = await connectRaw(t, port)
  const [socket] = (await accepted) as [Socket]
  client.socket.pause()
  client.send(requestBytes('/one/large'))
  await until(() => socket.writableLength > 0, 'a response that is not read')
  return client
}

test('F45 cuts off a client that takes nothing of its answer for a minute', async (t) => {
  const gateway = await setUp(t)
  const client = await leaveUnread(t, gateway)

  gateway.pass(61_000)
  client.socket.resume()
  const answer = await client.answer()

  assert.equal(answer.complete, false)
  assert.ok(answer.body.length < largeBytes)
})

test('F45 leaves a client its answer that takes some of it now and then', async (t) => {
  const gateway = await setUp(t)
  const client = await leaveUnread(t, gateway)

  for (let part = 1; part <= 3; part += 1) {
    const before = client.socket.bytesRead
    gateway.pass(59_000)
    client.socket.resume()
    await client.partial(() => client.socket.bytesRead > before + largeBytes / 4)
    client.socket.pause()
  }
  client.socket.resume()
  const answer = await client.answer()

  assert.equal(answer.complete, true)
  assert.equal(answer.body.length, largeBytes)
})
