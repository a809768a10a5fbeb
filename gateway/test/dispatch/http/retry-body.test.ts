import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { requestBytes } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

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
    const { port } = await startGateway(t, table)
    const client = await connectRaw(t, port, { methods: ['PUT'] })
    client.send(requestBytes('/put', { method: 'PUT', headers: [framing] }), pieces[0])

    client.send(pieces[1])
    const answer = await client.answer()

    assert.equal(answer.status, 200)
    assert.equal(answer.body.toString(), 'got first second')
  })
