import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

/** The connection slots of a service, and how many client networks can hold all of them. */
const slots = 128
const networks = 4

const tableOf = (url: string) => `
services: { echo: { url: "${url}" } }
defaults: { timeout: 30s, body: 1mb }
routes: { ANY /**: { to: echo, allow: public } }
`

/** Sends the same bytes on so many connections, from four networks in turn. */
async function sendAll(t: TestContext, port: number, bytes: Buffer, count = slots) {
  const each = Array.from({ length: count }, (_, index) => `127.0.0.${2 + (index % networks)}`)
  const clients = await Promise.all(each.map((from) => connectRaw(t, port, { from })))
  for (const client of clients) client.send(bytes)
  return clients
}

test('G28 answers 408 to large bodies that stand still for a second while others wait for a slot', async (t) => {
  const upstream = await startUpstream(t)
  const { port } = await startGateway(t, tableOf(upstream.url))
  const headers = ['content-length: 100000']
  const clients = await sendAll(
    t,
    port,
    requestBytes('/up', { method: 'POST', headers, body: 'x' })
  )
  await upstream.saw('/up', () => upstream.requests('/up').length === slots)

  const other = await request(t, port, '/other')

  assert.equal(other.status, 200)
  assert.equal((await clients[0]?.answer())?.status, 408)
})

test('G28 closes the connection of a client that reads nothing for a second while others wait', async (t) => {
  const upstream = await startUpstream(t)
  const left = Promise.withResolvers<void>()
  upstream.answer('/hang', () => undefined)
  upstream.answer('/large', (_seen, socket) => {
    socket.once('close', left.resolve)
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 64000000\r\n\r\n')
    socket.write(Buffer.alloc(64_000_000))
  })
  const { port, log } = await startGateway(t, tableOf(upstream.url))
  const reader = await connectRaw(t, port)
  reader.socket.pause()
  reader.send(requestBytes('/large'))
  await sendAll(t, port, requestBytes('/hang'), slots - 1)
  await upstream.saw('/hang', () => upstream.requests('/hang').length === slots - 1)

  const other = await request(t, port, '/other', { from: '127.0.0.9' })

  assert.equal(other.status, 200)
  await left.promise
  assert.equal(log.filter(({ reason }) => reason === 'slow-client').length, 1)
})

test('G28 leaves slots to requests whose upstream takes its time, and to clients that read', async (t) => {
  const upstream = await startUpstream(t)
  const asked: Socket[] = []
  upstream.answer('/slow', (_seen, socket) => void asked.push(socket))
  const { port } = await startGateway(t, tableOf(upstream.url))
  const clients = await sendAll(t, port, requestBytes('/slow'))
  await upstream.saw('/slow', () => asked.length === slots)
  const waiting = request(t, port, '/other')

  const { promise: later, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, 1600)
  await later
  for (const socket of asked) socket.write(ok('late'))

  assert.equal((await waiting).status, 200)
  const bodies = await Promise.all(clients.map(async (client) => `${(await client.answer()).body}`))
  assert.deepEqual([...new Set(bodies)], ['late'])
})

test('F20 answers 408 to a large body that has a slot and comes too slowly', async (t) => {
  const upstream = await startUpstream(t)
  const { port } = await startGateway(t, tableOf(upstream.url), {}, { bodyStallMs: 500 })
  const client = await connectRaw(t, port)
  const headers = ['content-length: 100000']
  client.send(requestBytes('/up', { method: 'POST', headers, body: 'x' }))
  const drip = setInterval(() => client.socket.writable && client.send('x'), 50)
  t.after(() => clearInterval(drip))

  const answer = await client.answer()

  assert.equal(answer.status, 408)
  assert.equal(upstream.requests('/up')[0]?.complete, false)
})
