import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { mb, pour, skip, startMeasured } from '../../harness/measured.ts'
import { acceptOf, frame, key } from '../../harness/websocket.ts'

const gb = 1024 ** 3
const bytes = Number(process.env.MEMORY_BYTES ?? gb)
const smallFrame = frame(Buffer.alloc(65_000))
const opening = `connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`
const switching = `HTTP/1.1 101 X\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${acceptOf(key)}\r\n\r\n`

/** Resolves when so many bytes have come; `more` is told of each piece. */
function arrival(socket: Socket, count: number, more: (chunk: Buffer) => void = () => {}) {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let received = 0
  socket.on('data', (chunk) => {
    received += chunk.length
    more(chunk)
    if (received >= count) resolve()
  })
  socket.on('close', () => reject(new Error(`closed after ${mb(received)}`)))
  return promise
}

/** A tunnel with both of its ends, in a gateway whose memory is looked at. */
async function openTunnel(t: TestContext) {
  const accepted = Promise.withResolvers<Socket>()
  const { open, assertFlat } = await startMeasured(t, (socket) => {
    socket.write(switching)
    accepted.resolve(socket)
  })
  const client = await open('GET /tunnel HTTP/1.1')
  client.write(opening)
  return { client, service: await accepted.promise, assertFlat }
}

/** What one frame of so many bytes begins with (RFC 6455 5.2). */
function headOf(count: number) {
  const head = Buffer.alloc(10)
  head.writeUInt16BE(0x827f)
  head.writeBigUInt64BE(BigInt(count), 2)
  return head
}

test(`F21 carries ${mb(bytes)} of frames down a tunnel without growing`, { skip }, async (t) => {
  const { client, service, assertFlat } = await openTunnel(t)
  const all = arrival(client, bytes)

  pour(service, bytes, smallFrame)
  await all

  assertFlat(`${mb(bytes)} down`)
})

test(`F21 carries one frame of ${mb(bytes)} up a tunnel without growing`, { skip }, async (t) => {
  const { client, service, assertFlat } = await openTunnel(t)
  const all = arrival(service, bytes)

  client.write(headOf(bytes))
  pour(client, bytes)
  await all

  assertFlat(`${mb(bytes)} up`)
})

test(`F21 carries ${mb(bytes)} through a tunnel and back without growing`, { skip }, async (t) => {
  const { client, service, assertFlat } = await openTunnel(t)
  const all = arrival(client, bytes)
  arrival(service, Number.POSITIVE_INFINITY, (chunk) => {
    if (!service.write(chunk)) service.pause()
  }).catch(() => {})
  service.on('drain', () => service.resume())

  pour(client, bytes, smallFrame)
  await all

  assertFlat(`${mb(bytes)} up and down`)
})
