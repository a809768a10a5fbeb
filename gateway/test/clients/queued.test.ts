import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  GET /first:  { to: echo, allow: public }
  GET /broken: { to: echo, allow: public }
  GET /slow:   { to: echo, allow: public, timeout: 300ms }
  GET /third:  { to: echo, allow: public }
`
const half = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345'

upstream.answer('/broken', (_seen, socket) => socket.end(half))
upstream.answer('/slow', () => half)
upstream.answer('/third', () => ok('third'))

for (const [path, reason] of [
  ['/broken', 'upstream-failed'],
  ['/slow', 'upstream-timeout']
] as const)
  test(`F7 F23 ends the connection in the middle of an answer that broke off behind another, of ${path}`, async (t) => {
    const asked = Promise.withResolvers<Socket>()
    upstream.answer('/first', (_seen, socket) => asked.resolve(socket))
    const gateway = await startGateway(t, table)
    const client = await connectRaw(t, gateway.port)
    client.send(...['/first', path, '/third'].map((each) => requestBytes(each)))
    const service = await asked.promise
    while (!gateway.log.some((line) => line.reason === reason)) await new Promise(setImmediate)

    service.write(ok('first'))
    const [first, second] = [await client.answer(), await client.answer()]

    assert.equal(`${first.body}`, 'first')
    assert.equal(`${second.body}`, '12345')
    assert.equal(second.complete, false)
    assert.ok(await client.closed())
    assert.equal(client.answers.length, 2)
  })
