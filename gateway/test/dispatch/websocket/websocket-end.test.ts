import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { startGatewayProcess } from '../../harness/gateway.ts'
import { request } from '../../harness/request.ts'
import { bearer, mintToken, now } from '../../harness/token.ts'
import { startUpstream } from '../../harness/upstream.ts'
import {
  acceptAt,
  type Collected,
  farewellIn,
  frame,
  openWebSocket,
  switching
} from '../../harness/websocket.ts'

type Context = Parameters<typeof startUpstream>[0] & Parameters<typeof startGatewayProcess>[0]

async function startBoth(t: Context) {
  const upstream = await startUpstream(t)
  const gateway = await startGatewayProcess(
    t,
    `
services: { live: { url: "${upstream.url}" } }
routes:
  GET  /open:    { to: live, allow: public, stream: websocket }
  GET  /private: { to: live, allow: user, stream: websocket }
  GET  /idle:    { to: live, allow: public, stream: websocket, idle_timeout: 300ms }
  POST /logout:  { to: live, allow: user, revoke: session }
`
  )
  return { upstream, gateway }
}

/** A tunnel with both of its ends. */
/** `headersOf` is asked when the gateway is up: a token that expires soon must not do so before. */
async function openTunnel(t: Context, path = '/open', headersOf: () => string[] = () => []) {
  const { upstream, gateway } = await startBoth(t)
  const headers = headersOf()
  const accepted = acceptAt(upstream, path)
  const client = await openWebSocket(t, gateway.port, path, { headers })
  assert.equal(client.status, 101)
  return { upstream, gateway, client, service: await accepted }
}

const mask = Buffer.from([9, 8, 7, 6])

async function assertFarewells(client: Collected, service: Collected, code: number, text: string) {
  await Promise.all([client.ended(), service.ended()])
  const [toClient, toService] = [client, service].map(({ state }) => farewellIn(state.bytes))
  assert.deepEqual(toClient, { code, text, masked: false })
  assert.deepEqual(toService, { code, text, masked: true })
}

test('F53 passes a half-close on, in either direction, and the other one stays open', async (t) => {
  const { client, service } = await openTunnel(t)
  const started = performance.now()

  client.socket.end(frame('last', { mask }))
  await service.ended()
  const halfClosedAfter = performance.now() - started
  service.socket.write(frame('still here'))
  await client.has('still here')
  service.socket.end()
  await client.closed()

  assert.ok(service.state.bytes.includes(frame('last', { mask })))
  assert.ok(halfClosedAfter < 1000)
  assert.equal(client.state.closed, 'end')
})

test('F53 passes the half-close of an upstream on', async (t) => {
  const { client, service } = await openTunnel(t)

  service.socket.end(frame('bye'))
  await client.ended()
  client.socket.end(frame('you too', { mask }))
  await service.has(frame('you too', { mask }))

  assert.ok(client.state.bytes.includes(frame('bye')))
})

test('F53 passes a reset on within a second, in either direction', async (t) => {
  const first = await openTunnel(t)
  const second = await openTunnel(t)
  const started = performance.now()

  first.client.socket.resetAndDestroy()
  second.service.socket.resetAndDestroy()
  await Promise.all([first.service.closed(), second.client.closed()])

  assert.equal(first.service.state.closed, 'reset')
  assert.equal(second.client.state.closed, 'reset')
  assert.ok(performance.now() - started < 1000)
})

test('F21 takes no more from an upstream than a slow client reads', async (t) => {
  const { upstream, gateway } = await startBoth(t)
  const chunk = frame(Buffer.alloc(1024 * 1024))
  const total = 100
  let sent = 0
  let flowing = true
  upstream.atHead('/open', (seen, socket) => {
    socket.write(switching(seen))
    const fill = () => {
      while (sent < total && flowing) {
        sent += 1
        flowing = socket.write(chunk)
      }
      if (sent === total) socket.end()
    }
    socket.on('drain', () => {
      flowing = true
      fill()
    })
    fill()
  })
  const client = await openWebSocket(t, gateway.port, '/open')
  client.socket.pause()
  let before = -1
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 200))
    const isStill = before === sent
    before = sent
    return isStill
  }, 'the upstream to be held back')

  const stalledAt = sent
  let received = client.state.bytes.length
  client.socket.removeAllListeners('data').on('data', (bytes) => {
    received += bytes.length
  })
  client.socket.resume()
  await client.ended()

  assert.ok(stalledAt < 40, `the upstream could write ${stalledAt} MB`)
  assert.equal(received, total * chunk.length)
})

test('F54 closes with 1001 when the token expires', async (t) => {
  const soon = () => [`authorization: Bearer ${mintToken({ claims: { exp: now() + 2 } })}`]

  const { client, service, gateway } = await openTunnel(t, '/private', soon)
  client.socket.write(frame('x', { mask }))
  await service.has(frame('x', { mask }))
  await assertFarewells(client, service, 1001, 'token-expired')
  client.socket.end()
  service.socket.end()
  await client.closed()
  gateway.child.kill('SIGTERM')
  await once(gateway.child, 'exit')

  const line = gateway.log.find(({ url }) => url === '/private')
  assert.equal(line?.status, 101)
  assert.equal(line?.reason, 'token-expired')
  assert.equal(line?.bytes_received, frame('x', { mask }).length)
  assert.equal(line?.bytes_sent, 0)
})

test('B24 closes with 1008 when the session ends', async (t) => {
  const opened = await openTunnel(t, '/private', () => [bearer()])
  const { client, service, gateway } = opened

  const answer = await request(t, gateway.port, '/logout', { method: 'POST', headers: [bearer()] })

  assert.equal(answer.status, 200)
  await assertFarewells(client, service, 1008, 'session-ended')
})

test('F54 closes after a silence of its own length', async (t) => {
  const { client, service } = await openTunnel(t, '/idle')
  const started = performance.now()

  await assertFarewells(client, service, 1001, 'idle')

  assert.ok(performance.now() - started >= 250)
})

test('G30 closes with 1001 on drain, after the frame that is under way, and exits with 0', async (t) => {
  const { client, service, gateway } = await openTunnel(t)
  const long = frame('a frame in two pieces')
  service.socket.write(long.subarray(0, 10))
  await client.has(long.subarray(0, 10))

  gateway.child.kill('SIGTERM')
  await service.ended()
  assert.ok(!client.state.bytes.includes(0x88), 'a close frame inside of another frame')
  service.socket.write(Buffer.concat([long.subarray(10), frame('too late')]))
  await client.ended()
  const [code] = await once(gateway.child, 'exit')

  assert.equal(code, 0)
  assert.deepEqual(farewellIn(client.state.bytes), { code: 1001, text: 'draining', masked: false })
  assert.deepEqual(client.state.bytes.subarray(0, long.length), long)
  assert.equal(gateway.log.find(({ url }) => url === '/open')?.reason, 'draining')
  assert.ok(!client.state.bytes.includes('too late'))
})

test('G15 sends no second close frame after one of the peers', async (t) => {
  const { client, service, gateway } = await openTunnel(t)
  const goodbye = frame(Buffer.from([3, 232]), { opcode: 8 })
  service.socket.write(goodbye)
  await client.has(goodbye)

  gateway.child.kill('SIGTERM')
  await client.ended()
  const [code] = await once(gateway.child, 'exit')

  assert.equal(code, 0)
  assert.deepEqual(client.state.bytes, goodbye)
})
