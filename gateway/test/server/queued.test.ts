import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { until } from '@gatehouse/service-kit/testing'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  GET /first:  { to: echo, allow: public, timeout: 3s }
  GET /broken: { to: echo, allow: public }
  GET /broken-chunks: { to: echo, allow: public }
  GET /slow:   { to: echo, allow: public, timeout: 300ms }
  GET /third:  { to: echo, allow: public }
`
const half = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345'

const halfChunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12345\r\n'

upstream.answer('/broken', (_seen, socket) => socket.end(half))
upstream.answer('/broken-chunks', (_seen, socket) => socket.end(halfChunked))
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
    await until(() => gateway.log.some((line) => `${line.reason}`.startsWith(reason)), reason)

    service.write(ok('first'))
    const [first, second] = [await client.answer(), await client.answer()]

    assert.equal(`${first.body}`, 'first')
    assert.equal(`${second.body}`, '12345')
    assert.equal(second.complete, false)
    assert.ok(await client.closed())
    assert.equal(client.answers.length, 2)
  })

for (const [path, how] of [
  ['/broken', 'end'],
  ['/broken-chunks', 'reset']
] as const)
  test(`F7 ends by ${how} the connection to HTTP/1.0 after ${path} that broke off behind another response`, async (t) => {
    const asked = Promise.withResolvers<Socket>()
    upstream.answer('/first', (_seen, socket) => asked.resolve(socket))
    const gateway = await startGateway(t, table)
    const client = await connectRaw(t, gateway.port)
    for (const each of ['/first', path])
      client.send(`GET ${each} HTTP/1.0\r\nhost: gateway\r\nconnection: keep-alive\r\n\r\n`)
    const service = await asked.promise
    const hasFailed = () =>
      gateway.log.some((line) => `${line.reason}`.startsWith('upstream-failed'))
    await until(hasFailed, 'the failure of the upstream')

    service.write(ok('first'))
    const first = await client.answer()

    assert.equal(`${first.body}`, 'first')
    assert.equal(await client.closed(), how)
  })

for (const [what, first] of [
  ['a request that is held back', requestBytes('/first', { method: 'POST' })],
  ['an answer that ends the connection', requestBytes('/first/../first')]
] as const)
  test(`F47 reads no more than a little of what is pipelined without end behind ${what}`, async (t) => {
    upstream.answer('/first', () => undefined)
    const { port } = await startGateway(t, table)
    const client = await connectRaw(t, port)
    const many = Buffer.concat(
      Array(2000).fill(requestBytes('/third', { headers: [`x-long: ${'x'.repeat(8000)}`] }))
    )

    client.send(requestBytes('/first'), first)
    const isTaken = client.send(many)

    assert.equal(isTaken, false)
    const drained = once(client.socket, 'drain').then(() => true)
    assert.equal(await Promise.race([drained, setTimeout(1000, false)]), false)
  })
