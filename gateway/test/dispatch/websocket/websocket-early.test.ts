import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startGateway } from '../../harness/gateway.ts'
import { startUpstream } from '../../harness/upstream.ts'
import { askWebSocket, collect, frame, switching } from '../../harness/websocket.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { live: { url: "${upstream.url}" } }
routes:
  GET /open/**: { to: live, allow: public, stream: websocket, timeout: 8s }
`
)
const { port } = gateway
const mask = Buffer.from([1, 2, 3, 4])
const early = frame('early', { mask })
const pieceBytes = 64 * 1024

/** Makes `path` of the upstream wait; gives its end of the connection and the way to answer 101. */
function acceptLater(path: string) {
  const asked = Promise.withResolvers<ReturnType<typeof collect> & { accept: () => void }>()
  upstream.atHead(path, (seen, socket: Socket) => {
    socket.allowHalfOpen = true
    asked.resolve({ ...collect(socket), accept: () => void socket.write(switching(seen)) })
  })
  return asked.promise
}

/** [what the client sends before its FIN, how long the upstream takes for its 101 after that, in ms] */
const halfCloses: [string, Buffer, number][] = [
  ['nothing', Buffer.alloc(0), 100],
  ['a frame', early, 100],
  ['a frame, with a slow upstream', early, 1500]
]
for (const [index, [what, bytes, delayMs]] of halfCloses.entries()) {
  test(`F53 passes on a half-close from before the 101, after ${what}`, async (t) => {
    const asked = acceptLater(`/open/half-${index}`)
    const client = await askWebSocket(t, port, `/open/half-${index}`)
    const service = await asked

    client.socket.end(bytes)
    await wait(delayMs)
    service.accept()
    await service.ended()
    service.socket.write(frame('still here'))
    await client.has('still here')
    service.socket.end()
    await client.ended()

    assert.match(client.state.bytes.toString('latin1'), /^HTTP\/1\.1 10[12] /)
    assert.deepEqual(service.state.bytes, bytes)
  })
}

test('F53 passes on a half-close that comes together with the handshake', async (t) => {
  const asked = acceptLater('/open/at-once')
  const client = await askWebSocket(t, port, '/open/at-once', { early })
  client.socket.end()
  const service = await asked

  await wait(100)
  service.accept()
  await service.ended()

  assert.deepEqual(service.state.bytes, early)
})

const leaves: [string, (socket: Socket) => void][] = [
  ['closes', (socket) => socket.destroy()],
  ['resets', (socket) => socket.resetAndDestroy()]
]
for (const [how, leave] of leaves) {
  test(`F22 releases the upstream within a second where a client ${how} after an early frame`, async (t) => {
    const asked = acceptLater(`/open/${how}`)
    const client = await askWebSocket(t, port, `/open/${how}`)
    const service = await asked
    client.socket.write(early)
    await wait(100)
    const started = performance.now()

    leave(client.socket)
    await service.ended()

    assert.ok(performance.now() - started < 1000)
    assert.equal(service.state.bytes.length, 0)
  })
}

test('F28 delivers in order what comes before the 101, and holds back what is too much', async (t) => {
  const asked = acceptLater('/open/much')
  const client = await askWebSocket(t, port, '/open/much', { early })
  const service = await asked
  const sent = randomBytes(16 * 1024 * 1024)
  const received: Buffer[] = []
  service.socket.removeAllListeners('data').on('data', (bytes) => received.push(bytes))
  for (let at = 0; at < sent.length; at += pieceBytes)
    client.socket.write(sent.subarray(at, at + pieceBytes))
  await wait(300)
  const heldBack = client.socket.writableLength

  service.accept()
  client.socket.end()
  await service.ended()

  assert.ok(heldBack > sent.length / 4, `${heldBack} bytes were held back`)
  assert.ok(Buffer.concat(received).equals(Buffer.concat([early, sent])))
})

test('F28 answers a client that sent frames early and is refused', async (t) => {
  upstream.atHead('/open/refused', (_seen, socket) => {
    socket.write('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno')
  })
  const client = await askWebSocket(t, port, '/open/refused', { early })
  client.socket.write(Buffer.alloc(256 * 1024))
  if (!client.state.closed) await once(client.socket, 'end')

  const answer = client.state.bytes.toString()
  assert.match(answer, /^HTTP\/1\.1 403 /)
  assert.ok(answer.endsWith('\r\n\r\nno'))
  assert.notEqual(client.state.closed, 'reset')
})
