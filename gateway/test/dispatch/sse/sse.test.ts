import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startGatewayProcess } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { bearer, mintToken, now } from '../../harness/token.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

type Context = Parameters<typeof startUpstream>[0] & Parameters<typeof startGatewayProcess>[0]

async function startBoth(t: Context) {
  const upstream = await startUpstream(t)
  const gateway = await startGatewayProcess(
    t,
    `
services: { feed: { url: "${upstream.url}" } }
routes:
  GET  /events:  { to: feed, allow: public, stream: sse, timeout: 300ms }
  GET  /private: { to: feed, allow: user, stream: sse }
  GET  /beating: { to: feed, allow: public, stream: sse, idle_timeout: 100ms }
  POST /logout:  { to: feed, allow: user, revoke: session }
`
  )
  return { upstream, gateway }
}

const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const head = (...headers: string[]) =>
  ['HTTP/1.1 200 OK', 'content-type: text/event-stream', ...headers, '', ''].join('\r\n')
const chunked = (...headers: string[]) => head('transfer-encoding: chunked', ...headers)

/** An open stream: the client's answer as it grows, and the upstream's end of it. */
/** `headersOf` is asked when the gateway is up: a token that expires soon must not do so before. */
async function openStream(t: Context, path = '/events', headersOf: () => string[] = () => []) {
  const both = await startBoth(t)
  const headers = headersOf()
  const opened = Promise.withResolvers<Socket>()
  both.upstream.answer(path, (_seen, socket) => {
    socket.write(chunked())
    opened.resolve(socket)
  })
  const client = await connectRaw(t, both.gateway.port)
  client.send(requestBytes(path, { headers }))
  const socket = await opened.promise
  const answer = await client.partial()
  assert.equal(answer.status, 200)
  return { ...both, client, answer, socket }
}

test('F6 passes no field of a stream that has a control character', async (t) => {
  const { upstream, gateway } = await startBoth(t)
  upstream.answer(
    '/events',
    (_seen, socket) => void socket.end(`${head('x-odd: a\x01b')}data: x\n\n`)
  )

  const answer = await request(t, gateway.port, '/events')

  assert.equal(answer.status, 502)
  assert.equal(answer.header('x-odd'), undefined)
})

test('F2 passes a field of a stream byte for byte', async (t) => {
  const { upstream, gateway } = await startBoth(t)
  upstream.answer('/events', (_seen, socket) => {
    socket.end(Buffer.from(`${head('x-name: caf\xe9')}data: x\n\n`, 'latin1'))
  })

  const answer = await request(t, gateway.port, '/events')

  assert.equal(answer.status, 200)
  assert.equal(answer.header('x-name'), 'caf\xe9')
})

test('F29 brings the header section and every event within 50 ms', async (t) => {
  const { client, answer, socket } = await openStream(t)
  const delays: number[] = []

  for (let id = 1; id <= 20; id += 1) {
    const event = `id: ${id}\ndata: x\n\n`
    const written = performance.now()
    socket.write(chunk(event))
    await client.partial(({ body }) => body.includes(event))
    delays.push(performance.now() - written)
  }

  assert.equal(answer.header('content-type'), 'text/event-stream')
  assert.ok(Math.max(...delays) < 50, `${Math.max(...delays)} ms`)
})

test('F58 is not counted by the timeout once it has begun', async (t) => {
  const { client, socket } = await openStream(t)

  await wait(600)
  socket.write(chunk('data: late\n\n'))
  const answer = await client.partial(({ body }) => body.length > 0)

  assert.equal(answer.body.toString(), 'data: late\n\n')
})

test('F58 answers 504 where it does not begin in time', async (t) => {
  const { upstream, gateway } = await startBoth(t)
  upstream.answer('/events', () => null)

  const answer = await request(t, gateway.port, '/events')

  assert.equal(answer.status, 504)
})

test('F55 forwards last-event-id', async (t) => {
  const { upstream } = await openStream(t, '/events', () => ['last-event-id: 42'])

  assert.deepEqual(upstream.requests('/events')[0]?.all('last-event-id'), ['42'])
})

test('F29 tells caches and proxies to keep off where the upstream says nothing', async (t) => {
  const { upstream, gateway, answer } = await openStream(t)
  upstream.answer('/events', (_seen, socket) => {
    socket.end(`${head('cache-control: no-cache', 'x-accel-buffering: yes')}data: x\n\n`)
  })

  const own = await request(t, gateway.port, '/events')

  assert.deepEqual(answer.all('cache-control'), ['no-store'])
  assert.deepEqual(answer.all('x-accel-buffering'), ['no'])
  assert.equal(own.status, 200)
  assert.deepEqual(own.all('cache-control'), ['no-cache'])
  assert.deepEqual(own.all('x-accel-buffering'), ['yes'])
  assert.equal(own.body.toString(), 'data: x\n\n')
})

test('F56 sends comments while the upstream is silent, but none that ends an event', async (t) => {
  const { client, socket } = await openStream(t, '/beating')
  await client.partial(({ body }) => body.includes(':\n\n:\n\n'))

  for (const part of ['data: a\r\n', 'data: b\n', 'id: 1\r\n\r', '\n']) {
    const { body } = await client.partial()
    const before = body.length
    socket.write(chunk(part))
    await client.partial((answer) => answer.body.length >= before + part.length)
    if (part.endsWith('\n'))
      await client.partial((answer) => answer.body.length > before + part.length)
    else await wait(250)
  }
  const { body } = await client.partial()

  assert.match(body.toString(), /^(:\n\n)+data: a\r\n(:\n)+data: b\n(:\n)+id: 1\r\n\r\n(:\n\n)+$/)
})

test('F29 leaves an answer that is no event stream alone', async (t) => {
  const { upstream, gateway } = await startBoth(t)
  const problem = ok('{"status":404}', 'content-type: application/problem+json')
  upstream.answer('/beating', async (_seen, socket) => {
    socket.write(problem.replace('200 OK', '404 Not Found').slice(0, -1))
    await wait(350)
    socket.write('}')
  })

  const answer = await request(t, gateway.port, '/beating')

  assert.equal(answer.status, 404)
  assert.equal(answer.body.toString(), '{"status":404}')
  assert.equal(answer.header('x-accel-buffering'), undefined)
})

test('F57 ends the upstream within a second when the client leaves', async (t) => {
  const { client, socket } = await openStream(t)
  const started = performance.now()

  client.abort()
  await once(socket, 'close')

  assert.ok(performance.now() - started < 1000)
})

test('F58 ends whole when the token expires', async (t) => {
  const soon = () => [`authorization: Bearer ${mintToken({ claims: { exp: now() + 2 } })}`]
  const { client, socket, gateway } = await openStream(t, '/private', soon)
  socket.write(chunk('data: x\n\n'))

  const answer = await client.answer()
  await once(socket, 'close')
  client.send(requestBytes('/events'))
  const next = await client.answer()
  gateway.child.kill('SIGTERM')
  await once(gateway.child, 'exit')

  assert.ok(answer.complete)
  assert.equal(answer.body.toString(), 'data: x\n\n')
  assert.equal(next.status, 200, 'the connection goes on')
  assert.equal(gateway.log.find(({ url }) => url === '/private')?.reason, 'token-expired')
})

test('B24 ends the stream when the session ends', async (t) => {
  const { client, gateway, socket } = await openStream(t, '/private', () => [bearer()])

  const out = await request(t, gateway.port, '/logout', { method: 'POST', headers: [bearer()] })
  const answer = await client.answer()
  if (!socket.destroyed) await once(socket, 'close')

  assert.equal(out.status, 200)
  assert.ok(answer.complete)
})

test('F7 breaks off a stream of a declared length, which cannot end early', async (t) => {
  const { upstream, gateway } = await startBoth(t)
  upstream.answer('/private', (_seen, socket) => socket.write(`${head('content-length: 100')}data`))
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/private', { headers: [bearer()] }))
  await client.partial(({ body }) => body.length === 4)

  await request(t, gateway.port, '/logout', { method: 'POST', headers: [bearer()] })
  const answer = await client.answer()

  assert.equal(answer.status, 200)
  assert.ok(!answer.complete)
})

test('G30 ends streams on drain, and exits with 0', async (t) => {
  const { client, gateway, socket } = await openStream(t)
  socket.write(chunk('data: x\n\n'))
  await client.partial(({ body }) => body.length > 0)
  const started = performance.now()

  gateway.child.kill('SIGTERM')
  const answer = await client.answer()
  const [code] = await once(gateway.child, 'exit')

  assert.ok(answer.complete)
  assert.equal(code, 0)
  assert.ok(performance.now() - started < 3000)
})

test('F21 takes no more from an upstream than a slow client reads', async (t) => {
  const { client, socket } = await openStream(t, '/beating')
  const event = `data: ${'x'.repeat(1024 * 1024)}\n\n`
  let sent = 0
  client.socket.pause()
  const fill = () => {
    while (sent < 100) {
      sent += 1
      if (!socket.write(chunk(event))) return
    }
    if (sent === 100) socket.end('0\r\n\r\n')
    sent += 1
  }
  socket.on('drain', fill)
  fill()
  for (let before = -1; before !== sent; await wait(200)) before = sent

  const stalledAt = sent
  let received = 0
  const all = Promise.withResolvers<void>()
  client.socket.removeAllListeners('data').on('data', (bytes) => {
    received += bytes.length
    if (received > 100 * event.length) all.resolve()
  })
  client.socket.resume()
  await Promise.race([all.promise, wait(20_000, undefined, { ref: false })])

  assert.ok(stalledAt < 40, `the upstream could write ${stalledAt} MB`)
  assert.ok(received > 100 * event.length)
})
