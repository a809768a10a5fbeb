import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { after, type TestContext, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { request, requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**:  { to: echo, allow: public }
  ANY /private/**: { to: echo, allow: user }
`

/** A gateway that gives a whole request a second at most. */
async function startShort(t: TestContext) {
  const { server, port } = await startGateway(t, table)
  server.headersTimeout = 300
  server.requestTimeout = 600
  return port
}

upstream.atHead(
  '/public/early',
  () => 'HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno'
)

const post = (path: string, framing: string, body = '') =>
  requestBytes(path, { method: 'POST', headers: [framing], body })
const refused = [
  ['a 401', '/private/x', 401],
  ['a 404', '/nothing', 404],
  ['an early 403 of the service', '/public/early', 403]
] as const
const chunked = 'transfer-encoding: chunked'
/** A body over 64 kB reaches the service before it is whole. */
const [largeChunk, largeLength] = [`11170\r\n${'x'.repeat(70_000)}\r\n`, 'content-length: 100000']

for (const [what, path, status] of refused) {
  test(`F23 says no more after ${what} where the chunks that follow are none`, async (t) => {
    const client = await connectRaw(t, await startShort(t))
    client.send(post(path, chunked, largeChunk))
    const answer = await client.answer()

    client.send('zz\r\n')

    assert.equal(answer.status, status)
    assert.ok(await client.closed())
    assert.equal(client.answers.length, 1)
  })

  test(`F23 says no more after ${what} where the client ends in the middle of its body`, async (t) => {
    const client = await connectRaw(t, await startShort(t))
    client.send(post(path, largeLength, 'abc'))
    const answer = await client.answer()

    client.end()

    assert.equal(answer.status, status)
    assert.ok(await client.closed())
    assert.equal(client.answers.length, 1)
  })

  test(`F23 says no more after ${what} where the body does not come in time`, async (t) => {
    const client = await connectRaw(t, await startShort(t))
    client.send(post(path, largeLength, 'abc'))

    const answer = await client.answer()

    assert.equal(answer.status, status)
    assert.ok(await client.closed())
    assert.equal(client.answers.length, 1)
  })
}

test('F23 says no more after a refusal that waited behind another answer', async (t) => {
  const late = Promise.withResolvers<Socket>()
  upstream.answer('/public/late', (_seen, socket) => late.resolve(socket))
  const client = await connectRaw(t, await startShort(t))
  client.send(requestBytes('/public/late'), post('/private/x', chunked), 'zz\r\n')
  const waiting = await late.promise

  waiting.write(ok())

  assert.equal((await client.answer()).status, 200)
  assert.equal((await client.answer()).status, 401)
  assert.ok(await client.closed())
  assert.equal(client.answers.length, 2)
})

test('F23 still answers what is no request behind a whole one that was refused', async (t) => {
  const client = await connectRaw(t, await startShort(t))
  client.send(post('/private/x', 'content-length: 3', 'abc'))
  const answer = await client.answer()

  client.send('nonsense\r\n\r\n')

  assert.equal(answer.status, 401)
  assert.equal((await client.answer()).status, 400)
  assert.ok(await client.closed())
})

for (const [version, how] of [
  ['1.0', 'reset'],
  ['1.1', 'end']
] as const) {
  test(`F7 ends by ${how} an answer in HTTP/${version} whose request does not come in time`, async (t) => {
    const path = `/public/stream-${version}`
    upstream.atHead(path, (_seen, socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
      const timer = setInterval(() => socket.write('5\r\nhello\r\n'), 50)
      t.after(() => clearInterval(timer))
    })
    const client = await connectRaw(t, await startShort(t))
    const request = post(path, largeLength, 'abc').toString()
    client.send(request.replace('HTTP/1.1', `HTTP/${version}`))

    const answer = await client.partial(({ body }) => body.length > 0)

    assert.equal(answer.status, 200)
    assert.equal(await client.closed(), how)
    assert.equal(answer.complete, false)
  })
}

test('F49 serves nothing that becomes whole after its refusal, behind an answer that takes its time', async (t) => {
  const asked = Promise.withResolvers<Socket>()
  upstream.answer('/public/slow', (_seen, socket) => asked.resolve(socket))
  upstream.answer('/public/never', () => ok('late'))
  const { server, port } = await startGateway(t, table)
  server.headersTimeout = 300
  server.requestTimeout = 600
  const refused = once(server, 'clientError')
  const client = await connectRaw(t, port)
  client.send(requestBytes('/public/slow'), 'POST /public/never HTTP/1.1\r\nhost: gate')
  const service = await asked.promise
  await refused

  client.send('way\r\ncontent-length: 0\r\n\r\n')
  await request(t, port, '/public/early')
  service.write(ok('slow'))
  const answer = await client.answer()

  assert.equal(answer.status, 200)
  assert.ok(await client.closed())
  // The refusal goes out where it could be told before the rest came.
  const later = client.answers.slice(1).map(({ status }) => status)
  assert.ok(later.length === 0 || `${later}` === '408', `${later}`)
  assert.equal(upstream.requests('/public/never').length, 0)
})

test('F10 goes on behind a request that expects to be told to go on, and has no body', async (t) => {
  upstream.answer('/public/none', () => ok('none'))
  const { port } = await startGateway(t, table)
  const client = await connectRaw(t, port)
  const headers = ['expect: 100-continue', 'content-length: 0']
  client.send(requestBytes('/public/none', { method: 'POST', headers }))
  const first = await client.answer()

  client.send(requestBytes('/public/none'))
  const second = await client.answer()

  assert.deepEqual([first.status, first.header('connection')], [200, 'keep-alive'])
  assert.equal(second.status, 200)
})
