import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { startUpstream } from '../../harness/upstream.ts'

/** How many an upstream is asked at once, and how many may be inside together with those that wait. */
const [mostInFlight, mostInside] = [128, 1024]
/** How many requests one client has served at a time. */
const mostOfOne = 8

test('G13 holds back what one upstream that hangs is asked, and changes nothing for another', async (t) => {
  const hanging = await startUpstream(t)
  const good = await startUpstream(t)
  hanging.answer('/hang/x', () => undefined)
  const { port } = await startGateway(
    t,
    `
services:
  hanging: { url: "${hanging.url}" }
  good:    { url: "${good.url}" }
defaults: { timeout: 30s }
routes:
  GET /hang/x:   { to: hanging, allow: public }
  GET /good/**:  { to: good, allow: public }
`
  )
  const each = Array.from({ length: mostInside / mostOfOne })
  const clients = await Promise.all(
    each.map((_, index) => connectRaw(t, port, { from: `127.0.0.${2 + (index % 4)}` }))
  )
  for (const client of clients) client.send(...Array(mostOfOne).fill(requestBytes('/hang/x')))
  await hanging.saw('/hang/x', () => hanging.seen.length === mostInFlight)

  const beyond = await request(t, port, '/hang/x')
  const beside = await Promise.all(Array.from({ length: 50 }, () => request(t, port, '/good/x')))

  assert.equal(beyond.status, 503)
  assert.equal(beyond.json().type, '/problems/overloaded')
  assert.equal(beyond.header('retry-after'), '1')
  assert.deepEqual([...new Set(beside.map(({ status }) => status))], [200])
  assert.equal(hanging.connections(), mostInFlight)
  assert.equal(hanging.seen.length, mostInFlight)

  for (const client of clients) client.abort()
  // Who has left makes room.
  let after = await request(t, port, '/good/x')
  hanging.answer('/hang/x', (_seen, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
  for (let tries = 0; tries < 100 && after.status !== 204; tries += 1)
    after = await request(t, port, '/hang/x')
  assert.equal(after.status, 204)
})

test('G26 gives one client network a quarter of the slots and of the queue of a service', async (t) => {
  const upstream = await startUpstream(t)
  upstream.answer('/hang', () => undefined)
  const { port } = await startGateway(
    t,
    `
services: { echo: { url: "${upstream.url}" } }
defaults: { timeout: 30s }
routes: { ANY /**: { to: echo, allow: public } }
`
  )
  const each = Array.from({ length: mostInside / 4 / mostOfOne })
  const clients = await Promise.all(each.map(() => connectRaw(t, port)))
  for (const client of clients) client.send(...Array(mostOfOne).fill(requestBytes('/hang')))
  await upstream.saw('/hang', () => upstream.seen.length === mostInFlight / 4)

  const beyond = await request(t, port, '/more')
  const other = await request(t, port, '/other', { from: '127.0.0.2' })

  assert.deepEqual([beyond.status, beyond.json().type], [503, '/problems/overloaded'])
  assert.equal(other.status, 200)
  assert.equal(upstream.requests('/hang').length, mostInFlight / 4)
})
