import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { request, requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**: { to: echo, allow: public }
  ANY /user/**:   { to: echo, allow: user }
`
)
const host = 'host: gateway\r\n'
const upgrades = ['h2c', 'TLS/1.0', 'websocket', 'foo']
const smuggled = `GET /public/smuggled HTTP/1.1\r\n${host}\r\n`

for (const path of ['/public/x', '/user/x', '/nowhere', '/health/live'])
  for (const upgrade of upgrades)
    test(`F27 reads no body as a request behind an upgrade to ${upgrade} that is none, on ${path}`, async (t) => {
      const client = await connectRaw(t, gateway.port)
      const first = `GET ${path} HTTP/1.1\r\n${host}connection: Upgrade\r\nupgrade: ${upgrade}\r\n\r\n`
      const second = `POST /public/y HTTP/1.1\r\n${host}content-length: ${smuggled.length}\r\n\r\n`
      client.send(first, second)

      const answer = await client.answer()
      client.send(smuggled)

      assert.equal(answer.header('connection'), 'close')
      assert.ok(await client.closed())
      assert.equal(client.answers.length, 1)
      assert.equal(upstream.requests('/public/smuggled').length, 0)
    })

test('F27 reads no body as a request behind an upgrade that only proxy-connection names', async (t) => {
  const client = await connectRaw(t, gateway.port)
  const first = `GET /public/x HTTP/1.1\r\n${host}proxy-connection: upgrade\r\nupgrade: h2c\r\n\r\n`
  const second = `POST /public/y HTTP/1.1\r\n${host}content-length: ${smuggled.length}\r\n\r\n`
  client.send(first, second)

  const answer = await client.answer()
  client.send(smuggled)

  assert.equal(answer.header('connection'), 'close')
  assert.ok(await client.closed())
  assert.equal(upstream.requests('/public/smuggled').length, 0)
})

/** A slow request and what is asked behind it in the same piece; which of them was the first to be answered upstream. */
async function behindEachOther(t: Parameters<typeof connectRaw>[0], methods: [string, string]) {
  const name = methods.join('-')
  const events: string[] = []
  const paths = [`/public/${name}-1`, `/public/${name}-2`]
  for (const path of paths)
    upstream.answer(path, async (_seen, socket) => {
      events.push(`asked ${path.slice(-1)}`)
      await setTimeout(150)
      events.push(`answered ${path.slice(-1)}`)
      socket.write(ok(path))
    })
  const client = await connectRaw(t, gateway.port, { methods })
  client.send(...paths.map((path, i) => requestBytes(path, { method: methods[i] ?? '' })))
  const answers = [await client.answer(), await client.answer()]
  assert.deepEqual(
    answers.map(({ body }) => body.toString()),
    paths
  )
  return events.join(', ')
}

for (const methods of [
  ['POST', 'GET'],
  ['GET', 'POST'],
  ['POST', 'POST'],
  ['DELETE', 'GET'],
  ['GET', 'PUT']
] as [string, string][])
  test(`F23 asks for ${methods[1]} when the ${methods[0]} before it has been answered`, async (t) => {
    const events = await behindEachOther(t, methods)

    assert.equal(events, 'asked 1, answered 1, asked 2, answered 2')
  })

test('F23 asks for safe requests at once, as RFC 9112 lets it', async (t) => {
  const events = await behindEachOther(t, ['GET', 'GET'])

  assert.match(events, /^asked ., asked ., answered ., answered .$/)
})

test('F23 answers a thousand pipelined POSTs in order, and asks for one at a time', async (t) => {
  let underWay = 0
  let most = 0
  upstream.answer('/public/many', async (seen, socket) => {
    underWay += 1
    most = Math.max(most, underWay)
    await setTimeout(0)
    underWay -= 1
    socket.write(ok(seen.body.toString()))
  })
  const count = 1000
  const client = await connectRaw(t, gateway.port)
  for (let i = 0; i < count; i += 1)
    client.send(requestBytes('/public/many', { method: 'POST', body: `${i}` }))

  for (let i = 0; i < count; i += 1) assert.equal((await client.answer()).body.toString(), `${i}`)

  assert.equal(most, 1)
})

test('F23 F22 forgets what stands behind an unsafe request whose client leaves', async (t) => {
  const asked = Promise.withResolvers<void>()
  upstream.answer('/public/left', () => asked.resolve())
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/public/left', { method: 'POST' }), requestBytes('/public/behind'))
  await asked.promise

  client.abort()

  const { port } = gateway
  const other = await connectRaw(t, port)
  other.send(requestBytes('/public/other'))
  assert.equal((await other.answer()).status, 200)
  assert.equal(upstream.requests('/public/behind').length, 0)
})

test('F47 F23 serves eight safe requests at most before the answer before them is out', async (t) => {
  const released = Promise.withResolvers<void>()
  upstream.answer('/public/ahead', async ({ target }, socket) => {
    await released.promise
    socket.write(ok(target))
  })
  const targets = Array.from({ length: 20 }, (_, i) => `/public/ahead?${i}`)
  const client = await connectRaw(t, gateway.port)
  client.send(...targets.map((target) => requestBytes(target)))
  const asked = () => upstream.requests('/public/ahead').length
  await upstream.saw('/public/ahead', () => asked() >= 9)

  // Whoever comes later is served meanwhile, so that what else was to be asked would have been.
  const later = await request(t, gateway.port, '/public/later')
  const before = asked()
  released.resolve()

  assert.equal(later.status, 200)
  assert.equal(before, 9)
  for (const target of targets) assert.equal((await client.answer()).body.toString(), target)
})
