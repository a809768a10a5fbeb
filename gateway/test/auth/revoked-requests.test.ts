import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { requestBytes } from '../harness/request.ts'
import { bearer, goodClaims } from '../harness/token.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

const json = 'content-type: application/json'
const session = goodClaims().sid

/** A gateway whose feed of revoked sessions names the one of `bearer()` from when `revoke` is called. */
async function setUp(t: TestContext) {
  const upstream = await startUpstream(t)
  const revoked: { session_id: string }[] = []
  upstream.answer('/revoked', () => ok(JSON.stringify({ ended: revoked, next: 'x' }), json))
  const gateway = await startGateway(
    t,
    `
services: { users: { url: "${upstream.url}", sessions: /revoked } }
routes:
  ANY  /mine/**: { to: users, allow: user }
`
  )
  const client = await connectRaw(t, gateway.port)
  return { upstream, client, revoke: () => revoked.push({ session_id: session }) }
}

for (const [how, framing, first, last] of [
  ['of a known length', 'content-length: 2', 'x', 'y'],
  ['in chunks', 'transfer-encoding: chunked', '1\r\nx\r\n', '0\r\n\r\n']
] as const)
  test(`B24 sends no request whose session is revoked before its body ${how} is whole`, async (t) => {
    const { upstream, client, revoke } = await setUp(t)
    client.send(requestBytes('/mine/x', { method: 'POST', headers: [bearer(), framing] }), first)

    revoke()
    const answer = await client.answer()
    client.send(last)

    assert.equal(answer.status, 401)
    assert.equal(answer.json().type, '/problems/invalid-token')
    assert.equal(upstream.requests('/mine/x').length, 0)
  })

test('B24 aborts a large upload whose session is revoked, before it is whole', async (t) => {
  const { upstream, client, revoke } = await setUp(t)
  const aborted = Promise.withResolvers<void>()
  upstream.atHead('/mine/up', (_seen, socket) => void socket.on('close', aborted.resolve))
  const headers = [bearer(), 'content-length: 100000']
  client.send(requestBytes('/mine/up', { method: 'POST', headers, body: 'first' }))
  await upstream.saw('/mine/up')

  revoke()
  const answer = await client.answer()

  assert.equal(answer.status, 401)
  await aborted.promise
  assert.equal(upstream.requests('/mine/up')[0]?.complete, false)
})

test('B24 ends a read whose session is revoked while its response is awaited', async (t) => {
  const { upstream, client, revoke } = await setUp(t)
  const aborted = Promise.withResolvers<void>()
  upstream.answer('/mine/slow', (_seen, socket) => void socket.on('close', aborted.resolve))
  client.send(requestBytes('/mine/slow', { headers: [bearer()] }))
  await upstream.saw('/mine/slow')

  revoke()

  assert.equal((await client.answer()).status, 401)
  await aborted.promise
})

test('B24 ends a response under way whose session is revoked', async (t) => {
  const { upstream, client, revoke } = await setUp(t)
  upstream.answer('/mine/long', () => 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
  client.send(requestBytes('/mine/long', { headers: [bearer()] }))
  await client.partial(({ body }) => body.length === 4)

  revoke()
  const answer = await client.answer()

  assert.equal(answer.complete, false)
})

test('B24 reports what became of a write that the service has whole', async (t) => {
  const { upstream, client, revoke } = await setUp(t)
  const asked = Promise.withResolvers<Socket>()
  upstream.answer('/mine/write', (_seen, socket) => asked.resolve(socket))
  client.send(requestBytes('/mine/write', { method: 'POST', headers: [bearer()], body: 'x' }))
  const service = await asked.promise

  revoke()
  const reads = await connectRaw(t, client.socket.remotePort ?? 0)
  const status = await until(async () => {
    reads.send(requestBytes('/mine/read', { headers: [bearer()] }))
    const answer = await reads.answer()
    return answer.status !== 200 && answer.status
  }, 'the end of the session')
  service.write(ok('written'))

  assert.equal(status, 401)
  assert.equal(`${(await client.answer()).body}`, 'written')
})
