import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { startGatewayProcess } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'
import { createWatch } from '../../harness/watch.ts'

/** How many an upstream is asked at once. */
const mostInFlight = 128
const leaving = 200

test('G13 F22 forgets the requests that waited for a connection and whose clients have left', async (t) => {
  const upstream = await startUpstream(t)
  const hung: Socket[] = []
  upstream.answer('/hang', (_seen, socket) => void hung.push(socket))
  const { port, log, child } = await startGatewayProcess(
    t,
    `
services: { echo: { url: "${upstream.url}" } }
defaults: { timeout: 30s }
routes: { GET /**: { to: echo, allow: public } }
`
  )
  const { changed, until } = createWatch()
  child.stdout.on('data', changed)
  async function askAll(count: number, path: string) {
    const each = Array.from({ length: count }, (_, index) => `127.0.0.${2 + (index % 4)}`)
    const clients = await Promise.all(each.map((from) => connectRaw(t, port, { from })))
    for (const client of clients) client.send(requestBytes(path))
    return clients
  }
  await askAll(mostInFlight, '/hang')
  await upstream.saw('/hang', () => hung.length === mostInFlight)
  const left = () => log.filter(({ reason }) => reason === 'client-left').length

  for (const client of await askAll(leaving, '/left')) client.abort()
  await until('the clients to leave', () => left() === leaving)
  const fresh = request(t, port, '/fresh')
  hung.shift()?.write(ok())

  assert.equal((await fresh).status, 200)
  assert.equal(upstream.requests('/left').length, 0)
  assert.equal(upstream.connections(), mostInFlight)
  for (const socket of hung) socket.write(ok())
})
