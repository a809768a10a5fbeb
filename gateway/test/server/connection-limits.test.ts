import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { startGatewayProcess } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'
import { acceptAt, openWebSocket } from '../harness/websocket.ts'

const crowded = 'too many connections'

/** A gateway for so many connections; `/one` is answered, `/wait` when the test says so. */
async function setUp(t: TestContext, connections: number, files?: number) {
  const upstream = await startUpstream(t)
  upstream.answer('/one', () => ok('one'))
  const waiting: Socket[] = []
  upstream.answer('/wait', (_seen, socket) => {
    waiting.push(socket)
  })
  const table = `
services: { echo: { url: "${upstream.url}" } }
defaults: { connections: ${connections} }
routes:
  GET /live: { to: echo, allow: public, stream: websocket }
  GET /**:   { to: echo, allow: public }
`
  const gateway = await startGatewayProcess(t, table, {}, files)
  const client = async () => connectRaw(t, gateway.port)
  async function ask(path: string) {
    const one = await client()
    one.send(requestBytes(path))
    return one
  }
  /** Clients whose request has reached the upstream, which lets them wait. */
  async function busy(count: number) {
    const clients = await Promise.all(Array.from({ length: count }, (_, i) => ask(`/wait?${i}`)))
    for (let i = 0; i < count; i += 1)
      await upstream.saw('/wait', (seen) => seen.target.endsWith(`?${i}`))
    return clients
  }
  const warnings = () => gateway.log.filter(({ msg }) => msg === crowded)
  return { upstream, gateway, waiting, client, ask, busy, warnings }
}

test('F63 a new client takes the place of the one that has asked for nothing for longest', async (t) => {
  const { client, ask, warnings } = await setUp(t, 3)
  const half = await client()
  half.send('GET /one HTTP/1.1\r\nhost: a\r\n')
  const used = await ask('/one')
  assert.equal((await used.answer()).status, 200)
  const silent = await client()

  const fourth = await ask('/one')
  assert.equal((await fourth.answer()).status, 200)
  assert.equal(await half.closed(), 'end')

  const fifth = await ask('/one')
  assert.equal((await fifth.answer()).status, 200)
  assert.equal(await silent.closed(), 'end')
  used.send(requestBytes('/one'))
  assert.equal((await used.answer()).status, 200)
  await until(() => warnings().length > 0, 'the warning')
  assert.equal(warnings().length, 1)
})

test('F64 where each is at work, a new client gets 503 with the reason', async (t) => {
  const { waiting, ask, busy } = await setUp(t, 2)
  const working = await busy(2)

  const third = await ask('/one')

  const refused = await third.answer()
  assert.equal(refused.status, 503)
  assert.equal(refused.json().type, '/problems/overloaded')
  assert.equal(refused.header('retry-after'), '1')
  assert.equal(refused.header('connection'), 'close')
  assert.equal(refused.header('x-content-type-options'), 'nosniff')
  for (const socket of waiting) socket.write(ok('waited'))
  for (const one of working) assert.equal((await one.answer()).body.toString(), 'waited')
})

test('F35 a tunnel counts, and is nobody who is silent', async (t) => {
  const { upstream, gateway, client, ask } = await setUp(t, 2)
  acceptAt(upstream, '/live')
  const tunnel = await openWebSocket(t, gateway.port, '/live')
  const silent = await client()

  const third = await ask('/one')

  assert.equal((await third.answer()).status, 200)
  assert.equal(await silent.closed(), 'end')
  assert.equal(tunnel.state.closed, null)
})

test('F35 a flood of silent clients keeps nobody out, also where few files may be open', async (t) => {
  const { gateway, client, ask, warnings } = await setUp(t, 10_000, 256)
  assert.ok(gateway.log.some(({ msg }) => String(msg).startsWith('Connection limit lowered to 96')))

  for (let count = 0; count < 400; count += 1) {
    await client()
    if (count % 20 > 0) continue
    const one = await ask('/one')
    assert.equal((await one.answer()).status, 200, `after ${count}`)
  }

  assert.equal(warnings().length, 1)
})
