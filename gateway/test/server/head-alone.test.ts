import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { requestBytes } from '../harness/request.ts'
import { startUpstream } from '../harness/upstream.ts'

for (const [what, framing, rest] of [
  ['counted', 'content-length: 4', 'rest'],
  ['in chunks', 'transfer-encoding: chunked', '4\r\nrest\r\n0\r\n\r\n'],
  ['that ends with its connection', 'connection: close', 'rest']
] as const)
  test(`F5 passes a header section on that comes before its body, ${what}`, async (t) => {
    const upstream = await startUpstream(t)
    const asked = Promise.withResolvers<Socket>()
    upstream.answer('/x', (_seen, socket) => asked.resolve(socket))
    const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  GET /x: { to: echo, allow: public }
`
    const client = await connectRaw(t, (await startGateway(t, table)).port)
    client.send(requestBytes('/x'))
    const service = await asked.promise

    service.write(`HTTP/1.1 200 OK\r\nx-first: 1\r\n${framing}\r\n\r\n`)
    const begun = await client.partial()
    const [first, soFar] = [begun.header('x-first'), begun.body.length]
    if (framing === 'connection: close') service.end(rest)
    else service.write(rest)
    const whole = await client.answer()

    assert.deepEqual([first, soFar], ['1', 0])
    assert.equal(`${whole.body}`, 'rest')
    assert.equal(whole.complete, true)
  })
