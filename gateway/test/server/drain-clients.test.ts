import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { until } from '@gatehouse/service-kit/testing'
import { startGatewayProcess } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { request, requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

type Context = Parameters<typeof startUpstream>[0] & Parameters<typeof startGatewayProcess>[0]

async function startBoth(t: Context, env: Record<string, string> = {}) {
  const upstream = await startUpstream(t)
  const table = `
services: { echo: { url: "${upstream.url}" } }
routes: { ANY /public/**: { to: echo, allow: public } }
`
  return { upstream, gateway: await startGatewayProcess(t, table, env) }
}

type Both = Awaited<ReturnType<typeof startBoth>>

/** Asks the gateway to stop; gives how it ended, and after how many ms. */
async function stop({ gateway }: Both) {
  const started = performance.now()
  gateway.child.kill('SIGTERM')
  const [code] = await once(gateway.child, 'exit')
  return { code, took: performance.now() - started }
}

test('G16 is not ready first, takes requests for DRAIN_DELAY, and only then none', async (t) => {
  const both = await startBoth(t, { DRAIN_DELAY: '1s' })
  const { port } = both.gateway
  assert.equal((await request(t, port, '/health/ready')).status, 200)
  const kept = await connectRaw(t, port)
  kept.send(requestBytes('/public/before'))
  assert.equal((await kept.answer()).header('connection'), 'keep-alive')

  const stopped = stop(both)
  const ready = await until(async () => {
    const answer = await request(t, port, '/health/ready')
    return answer.status !== 200 && answer
  }, 'the gateway to be told to stop')
  const fresh = await request(t, port, '/public/fresh')
  kept.send(requestBytes('/public/kept'))
  const last = await kept.answer()

  assert.equal(ready.status, 503)
  assert.deepEqual([fresh.status, fresh.header('connection')], [200, 'close'])
  assert.deepEqual([last.status, last.header('connection')], [200, 'close'])
  const { code, took } = await stopped
  assert.equal(code, 0)
  assert.ok(took > 950, `took ${took} ms`)
  await assert.rejects(connectRaw(t, port), /ECONNREFUSED/)
})

test('G29 answers a request that comes over an idle connection after the signal', async (t) => {
  const both = await startBoth(t)
  const client = await connectRaw(t, both.gateway.port)
  client.send(requestBytes('/public/first'))
  await client.answer()

  const stopped = stop(both)
  await setTimeout(100)
  client.send(requestBytes('/public/second'))
  const answer = await client.answer()

  assert.deepEqual([answer.status, answer.header('connection')], [200, 'close'])
  assert.equal((await stopped).code, 0)
})

test('G15 answers all that was pipelined before the signal, and says close with the last', async (t) => {
  const both = await startBoth(t)
  const gate = Promise.withResolvers<void>()
  for (const path of ['/public/one', '/public/two', '/public/three']) {
    both.upstream.answer(path, async (_seen, socket) => {
      await gate.promise
      socket.write(ok(path))
    })
  }
  const client = await connectRaw(t, both.gateway.port)
  client.send(...['one', 'two', 'three'].map((name) => requestBytes(`/public/${name}`)))
  await both.upstream.saw('/public/three')

  const stopped = stop(both)
  await setTimeout(100)
  gate.resolve()
  const answers = [await client.answer(), await client.answer(), await client.answer()]

  assert.deepEqual(
    answers.map(({ body }) => body.toString()),
    ['/public/one', '/public/two', '/public/three']
  )
  assert.deepEqual(
    answers.map((answer) => answer.header('connection') === 'close'),
    [false, false, true]
  )
  assert.equal((await stopped).code, 0)
})

for (const delay of ['0s', '500ms'])
  test(`G29 turns away none of those who are connected when the listener closes, after ${delay}`, async (t) => {
    const both = await startBoth(t, { DRAIN_DELAY: delay })
    const { child, port } = both.gateway
    const stopped = once(child, 'exit')
    // All of them are found at once, behind the signal or the end of the delay.
    if (delay === '0s') child.kill('SIGSTOP')
    child.kill('SIGTERM')
    if (delay !== '0s') await setTimeout(400)
    child.kill('SIGSTOP')
    const clients = await Promise.all(Array.from({ length: 40 }, () => connectRaw(t, port)))
    for (const client of clients) client.send(requestBytes('/public/queued'))
    await setTimeout(150)
    child.kill('SIGCONT')

    const answers = await Promise.all(clients.map((client) => client.answer()))

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.deepEqual(await stopped, [0, null])
  })

test('G31 gives up a client that takes nothing of its answer, and still exits with 0', async (t) => {
  const both = await startBoth(t)
  const large = 64 * 1024 * 1024
  both.upstream.answer('/public/large', (_seen, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${large}\r\n\r\n`)
    socket.write(Buffer.alloc(large))
  })
  const client = await connectRaw(t, both.gateway.port)
  client.send(requestBytes('/public/large'))
  await client.partial(({ body }) => body.length > 0)
  client.socket.pause()

  const { code, took } = await stop(both)

  assert.equal(code, 0)
  assert.ok(took < 12_000, `took ${took} ms`)
})

for (const [what, bytes, mostMs] of [
  ['nothing', '', 2500],
  ['half a header section', 'GET /public/x HTTP/1.1\r\nhost: gat', 12_000]
] as const) {
  test(`G31 gives up a client that has sent ${what}, and still exits with 0`, async (t) => {
    const both = await startBoth(t)
    const client = await connectRaw(t, both.gateway.port)
    if (bytes !== '') client.send(bytes)
    await setTimeout(100)

    const { code, took } = await stop(both)

    assert.equal(code, 0)
    assert.ok(took < mostMs, `took ${took} ms`)
  })
}

test('G31 gives up a client that sends its body byte by byte, and tells of it in the log', async (t) => {
  const both = await startBoth(t)
  const client = await connectRaw(t, both.gateway.port)
  client.send(`POST /public/up HTTP/1.1\r\nhost: gateway\r\ncontent-length: 1000\r\n\r\n`)
  const timer = setInterval(() => client.socket.write('x'), 400)
  t.after(() => clearInterval(timer))
  await setTimeout(100)

  const { code, took } = await stop(both)

  assert.equal(code, 0)
  assert.ok(took < 12_000, `took ${took} ms`)
  const lines = both.gateway.log.filter(({ url }) => url === '/public/up')
  assert.equal(lines.length, 1)
})
