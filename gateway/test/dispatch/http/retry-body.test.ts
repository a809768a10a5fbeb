import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startInProcess } from '../../harness/in-process.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { requestBytes } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

const opened = 'net.client.socket'

/** Resolves when the first connection of this process to this port is closed at the side that opened it. */
async function firstClosed(t: TestContext, port: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  function look(message: unknown) {
    const { socket } = message as { socket: Socket }
    socket.once('connect', () => {
      if (socket.remotePort === port) socket.once('close', () => resolve())
    })
  }
  subscribe(opened, look)
  t.after(() => unsubscribe(opened, look))
  return await promise
}

for (const [what, framing, pieces] of [
  ['in chunks', 'transfer-encoding: chunked', ['5\r\nfirst\r\n', '7\r\n second\r\n0\r\n\r\n']],
  ['that is counted', 'content-length: 12', ['first', ' second']]
] as const)
  test(`G3 F5 brings a body ${what} whole to the second try where the first took none of it`, async (t) => {
    const upstream = await startUpstream(t)
    upstream.atHead('/put', (_seen, socket) => {
      if (upstream.requests('/put').length === 1) socket.resetAndDestroy()
    })
    upstream.answer('/put', ({ body }) => ok(`got ${body}`))
    const table = `
services: { echo: { url: "${upstream.url}" } }
routes: { PUT /put: { to: echo, allow: public, idempotent: true, timeout: 2s } }
`
    const { port } = await startInProcess(t, table)
    // The wait before the second try is as long as it may be: what the client sends comes meanwhile.
    t.mock.method(Math, 'random', () => 0.99)
    const failed = firstClosed(t, upstream.port)
    const client = await connectRaw(t, port, { methods: ['PUT'] })
    client.send(requestBytes('/put', { method: 'PUT', headers: [framing] }))
    await failed

    client.send(pieces[0])
    await upstream.saw('/put', () => upstream.requests('/put').length === 2)
    client.send(pieces[1])
    const answer = await client.answer()

    assert.equal(answer.status, 200)
    assert.equal(answer.body.toString(), 'got first second')
  })
