import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fastest } from '../harness/fastest.ts'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { request, requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

/** What a reviewer sent to break the gateway; each was seen to succeed once. */
const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**:  { to: echo, allow: public, body: 1kb }
  ANY /private/**: { to: echo, allow: user }
`
)
const host = 'host: gateway\r\n'

/** What a check that is quadratic takes for a path of 8 kB is a multiple of this, in ms. */
const maxMoreMs = 20

async function assertAlive(t: Parameters<typeof connectRaw>[0]) {
  const answer = await request(t, gateway.port, '/public/alive')
  assert.equal(answer.status, 200)
}

test('F13 checks a path of 8 kB as fast as a short one, whatever is wrong at its end', async (t) => {
  const timeOf = async (path: string, status: number) =>
    fastest(async () => assert.equal((await request(t, gateway.port, path)).status, status))

  const short = await timeOf('/public/a%20', 200)
  const refused = await timeOf(`/public/${'a'.repeat(8000)};`, 400)
  const passed = await timeOf(`/public/${'a'.repeat(8000)}%20`, 200)

  const times = `short ${short} ms, refused ${refused} ms, passed ${passed} ms`
  t.diagnostic(times)
  assert.ok(Math.max(refused, passed) < short + maxMoreMs, times)
})

test('G23 outlives a CONNECT that is reset', async (t) => {
  const client = await connectRaw(t, gateway.port)
  client.send(`CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n`)
  const answer = await client.answer()
  client.abort()

  assert.equal(answer.status, 405)
  await assertAlive(t)
})

test('F23 answers a CONNECT after what stands before it', async (t) => {
  const gate = Promise.withResolvers<void>()
  upstream.answer('/public/before', async (_seen, socket) => {
    await gate.promise
    socket.write(ok('before'))
  })
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/public/before'), 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n')
  await upstream.saw('/public/before')
  gate.resolve()

  const first = await client.answer()

  assert.equal(first.status, 200)
  assert.equal(first.body.toString(), 'before')
})

test('G23 outlives a client that leaves while its upload waits for a connection', async (t) => {
  upstream.answer('/public/held', () => undefined)
  const holders = await Promise.all(
    Array.from({ length: 128 }, async () => {
      const holder = await connectRaw(t, gateway.port)
      holder.send(requestBytes('/public/held'))
      return holder
    })
  )
  const client = await connectRaw(t, gateway.port)
  client.send(`POST /public/waits HTTP/1.1\r\n${host}content-length: 1000\r\n\r\nabc`)
  client.abort()
  for (const holder of holders) holder.abort()

  await assertAlive(t)
})

test('F6 passes an answer whose reason phrase is not ASCII', async (t) => {
  upstream.answer('/public/cafe', () =>
    Buffer.from('HTTP/1.1 200 caf\xe9\r\ncontent-length: 2\r\n\r\nok', 'latin1')
  )

  const answer = await request(t, gateway.port, '/public/cafe')

  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), 'ok')
})

test('F42 is heard when it refuses a body, and goes on with the connection', async (t) => {
  const client = await connectRaw(t, gateway.port)
  client.send(`POST /public/x HTTP/1.1\r\n${host}content-length: 5000\r\n\r\n`, 'x'.repeat(5000))
  const refused = await client.answer()
  client.send(requestBytes('/public/next'))
  const next = await client.answer()

  assert.equal(refused.status, 413)
  assert.equal(next.status, 200)
})

test('F48 answers pipelined requests of a client that half-closes, each in whole', async (t) => {
  const gate = Promise.withResolvers<void>()
  upstream.answer('/public/slow', async (_seen, socket) => {
    await gate.promise
    socket.write(ok('slow'))
  })
  const big = 'x'.repeat(3_000_000)
  upstream.answer('/public/big', () => ok(big))
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/public/slow'), requestBytes('/public/big'))
  client.end()
  setTimeout(gate.resolve, 1200)

  const first = await client.answer()
  const second = await client.answer()

  assert.equal(first.body.toString(), 'slow')
  assert.equal(second.body.length, big.length)
})

test('F10 does not say 100 to HTTP/1.0', async (t) => {
  const client = await connectRaw(t, gateway.port)
  client.send(
    `POST /public/x HTTP/1.0\r\n${host}expect: 100-continue\r\ncontent-length: 2\r\n\r\nhi`
  )

  const answer = await client.answer()

  assert.equal(answer.status, 200)
})
