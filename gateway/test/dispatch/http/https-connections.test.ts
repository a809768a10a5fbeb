import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { request } from '../../harness/request.ts'
import { startBareTlsUpstream } from '../../harness/tls-upstream.ts'
import { startTrusting } from '../../harness/trusting.ts'
import { ok } from '../../harness/upstream.ts'
import { acceptAt, frame, openWebSocket } from '../../harness/websocket.ts'

/** The port of a server that takes connections, for `take` to do with them as it likes. */
async function portOf(take: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    take(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

// It would rather speak HTTP/2, and speaks it where it is let.
const secure = await startBareTlsUpstream({ after }, { ALPNProtocols: ['h2', 'http/1.1'] })
const silent = await portOf(() => {})
const leaving = await portOf((socket) => socket.once('data', () => socket.end()))
const breaking = await portOf((socket) => socket.once('data', () => socket.resetAndDestroy()))
const plain = await portOf((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
const gateway = await startTrusting(
  { after },
  `
services:
  secure:   { url: "${secure.url}" }
  named:    { url: "https://localhost:${secure.port}" }
  silent:   { url: "https://127.0.0.1:${silent}", connect_timeout: 300ms }
  leaving:  { url: "https://127.0.0.1:${leaving}" }
  breaking: { url: "https://127.0.0.1:${breaking}" }
  plain:    { url: "https://127.0.0.1:${plain}" }
routes:
  ANY /secure/**:   { to: secure,   allow: public }
  GET /sockets/**:  { to: secure,   allow: public, stream: websocket }
  ANY /named/**:    { to: named,    allow: public }
  ANY /silent/**:   { to: silent,   allow: public, timeout: 2s }
  GET /events/**:   { to: silent,   allow: public, timeout: 2s, stream: sse }
  ANY /leaving/**:  { to: leaving,  allow: public }
  ANY /breaking/**: { to: breaking, allow: public }
  ANY /plain/**:    { to: plain,    allow: public }
`
)

test('asks in HTTP/1.1 where an upstream would rather speak HTTP/2', async (t) => {
  const accepted = acceptAt(secure, '/sockets/a')

  const answer = await request(t, gateway.port, '/secure/a')
  const client = await openWebSocket(t, gateway.port, '/sockets/a')
  const service = await accepted
  service.socket.write(frame('down'))
  await client.has(frame('down'))

  assert.equal(answer.status, 200)
  assert.equal(client.status, 101)
})

test('goes on in a session with an upstream that it knows', async (t) => {
  secure.answer('/secure/last', () => ok('last', 'connection: close'))
  const before = secure.resumed.length

  for (let turn = 0; turn < 4; turn += 1)
    assert.equal((await request(t, gateway.port, '/secure/last')).status, 200)

  assert.equal(secure.resumed.slice(before).at(-1), true)
})

test('gives up an idle connection that its upstream closes, and opens another', async (t) => {
  secure.answer('/secure/bye', (_seen, socket) => {
    socket.write(ok('bye'))
    setTimeout(() => socket.end(), 30)
  })
  const [seen] = [await request(t, gateway.port, '/secure/bye'), await secure.saw('/secure/bye')]
  await new Promise((resolve) => setTimeout(resolve, 100))

  const next = await request(t, gateway.port, '/secure/next', { method: 'POST', body: 'x' })

  assert.equal(seen.status, 200)
  assert.equal(next.status, 200)
})

for (const path of ['/silent/x', '/events/x']) {
  test(`G1 counts what TLS takes among the time for a connection, at ${path}`, async (t) => {
    const started = performance.now()

    const answer = await request(t, gateway.port, path)

    assert.equal(answer.status, 504)
    assert.match(answer.body.toString(), /could not be reached in time/)
    assert.ok(performance.now() - started < 1900, 'that is three tries, of 300 ms each')
  })
}

for (const [what, path] of [
  ['has a certificate of another name', '/named/x'],
  ['leaves while it should say who it is', '/leaving/x'],
  ['breaks off while it should say who it is', '/breaking/x'],
  ['speaks no TLS', '/plain/x']
] as const) {
  test(`F32 answers 502 where an upstream ${what}`, async (t) => {
    const before = secure.seen.length

    for (const method of ['GET', 'POST']) {
      const answer = await request(t, gateway.port, path, { method, body: 'x' })

      assert.equal(answer.status, 502)
      assert.equal(answer.json().type, '/problems/upstream-failed')
      assert.doesNotMatch(answer.body.toString(), /127\.0\.0\.1|localhost|certificate/i)
    }
    assert.equal(secure.seen.length, before)
  })
}
