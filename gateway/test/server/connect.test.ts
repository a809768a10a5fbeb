import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { request, requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

const connect = 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n'
const websocket = requestBytes('/live', {
  headers: [
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='
  ]
})

/** A client whose first request is at the service, and one of another kind behind it. */
async function askBehind(t: TestContext, second: string | Buffer) {
  const upstream = await startUpstream(t)
  const asked = Promise.withResolvers<Socket>()
  upstream.answer('/slow', (_seen, socket) => asked.resolve(socket))
  upstream.answer('/x', () => ok('x'))
  const { port } = await startGateway(
    t,
    `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /slow: { to: echo, allow: public }
  GET /x:    { to: echo, allow: public }
  GET /live: { to: echo, allow: public, stream: websocket }
`
  )
  const client = await connectRaw(t, port)
  client.send(requestBytes('/slow'), second)
  return { port, client, service: await asked.promise }
}

for (const [what, second] of [
  ['CONNECT', connect],
  ['a WebSocket', websocket]
] as const)
  test(`F15 F22 a reset behind a request and ${what} cancels that request, and nothing else`, async (t) => {
    const { port, client, service } = await askBehind(t, second)
    const cancelled = new Promise((resolve) => service.once('close', resolve))

    client.abort()
    await cancelled
    const other = await request(t, port, '/x')

    assert.equal(other.status, 200)
  })

test('F15 F21 an answer before CONNECT is whole, however large', async (t) => {
  const { client, service } = await askBehind(t, connect)
  const large = 'x'.repeat(8 * 1024 * 1024)

  service.write(ok(large))
  const [first, second] = [await client.answer(), await client.answer()]

  assert.equal(first.body.length, large.length)
  assert.equal(second.status, 405)
})
