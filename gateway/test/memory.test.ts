import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startGateway } from './harness/gateway.ts'

const gb = 1024 ** 3
const bytes = Number(process.env.MEMORY_BYTES ?? gb)
const piece = Buffer.alloc(64 * 1024, 'x')
const mostMoreMb = 32
/** A side that has not moved for so long is held back, in ms. */
const stillMs = 500
const skip = existsSync('/proc/self/status') ? false : 'resident memory is read from /proc'

/** Resident memory of a process, in MB (proc(5)). */
function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** Writes so many bytes as fast as the other side takes them; tells how many were handed to the kernel. */
function pour(socket: Socket, count: number) {
  let left = count
  function more() {
    while (left > 0) {
      const part = left < piece.length ? piece.subarray(0, left) : piece
      left -= part.length
      if (!socket.write(part)) return
    }
  }
  socket.on('drain', more)
  more()
  return () => count - left
}

/** Resolves when `progress` has stood still for a while, with what it was then. */
async function standsStill(t: TestContext, progress: () => number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  let last = { at: performance.now(), value: progress() }
  const timer = setInterval(() => {
    const value = progress()
    if (value !== last.value) last = { at: performance.now(), value }
    else if (performance.now() - last.at > stillMs) resolve(value)
  }, 50)
  t.after(() => clearInterval(timer))
  return await promise
}

/** An upstream that hands over its sockets when the head of a request has come, with what came after it. */
async function startBare(
  t: TestContext,
  play: (socket: Socket, target: string, rest: number) => void
) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let head = ''
    socket.on('data', function read(chunk) {
      head += chunk.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.off('data', read)
      play(socket, head.split(' ')[1] ?? '', head.length - end - 4)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Clients of the test; they leave before the gateway is asked to close, which would wait for them. */
function clientsOf(t: TestContext) {
  const clients: Socket[] = []
  t.after(() => {
    for (const client of clients) client.destroy()
  })
  return clients
}

/** The gateway before `play`, warm, with the memory it has then and the most it had since. */
async function startMeasured(t: TestContext, play: Parameters<typeof startBare>[1]) {
  const clients = clientsOf(t)
  const url = await startBare(t, (socket, target, rest) => {
    if (target === '/warm') socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    else play(socket, target, rest)
  })
  const gateway = await startGateway(
    t,
    `
services: { bare: { url: "${url}" } }
routes:
  ANY /**: { to: bare, allow: public, body: 2gb, timeout: 20s }
`
  )
  for (let i = 0; i < 200; i += 1) await fetch(`http://127.0.0.1:${gateway.port}/warm`)
  const before = residentMb(gateway.child.pid)
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, residentMb(gateway.child.pid))
  }, 20)
  gateway.child.once('exit', () => clearInterval(timer))

  async function open(head: string): Promise<Socket> {
    const socket = connect({ port: gateway.port, host: '127.0.0.1' })
    clients.push(socket)
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(`${head}\r\nhost: gateway\r\n`)
    return socket
  }
  function assertFlat(what: string) {
    const resident = `${Math.round(before)} MB resident before, ${Math.round(most)} MB at most`
    t.diagnostic(`${what}; ${resident}`)
    assert.ok(most - before < mostMoreMb, `${what}; ${resident}`)
  }
  return { open, assertFlat }
}

const mb = (count: number) => `${Math.round(count / 1024 ** 2)} MB`
const okHead = `HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n`

test('F21 holds back an upstream whose client does not read', { skip }, async (t) => {
  const started = Promise.withResolvers<() => number>()
  const { open, assertFlat } = await startMeasured(t, (socket) => {
    socket.write(okHead)
    started.resolve(pour(socket, bytes))
  })
  const client = await open('GET /big HTTP/1.1')
  client.pause()
  client.write('\r\n')

  const written = await standsStill(t, await started.promise)

  assert.ok(written > 0 && written < bytes / 4, `the upstream got rid of ${mb(written)}`)
  assertFlat(`${mb(written)} taken of a client that does not read`)
})

test('F21 holds back a client whose upstream does not read', { skip }, async (t) => {
  const arrived = Promise.withResolvers<void>()
  const { open, assertFlat } = await startMeasured(t, (socket) => {
    socket.pause()
    arrived.resolve()
  })
  const client = await open('POST /big HTTP/1.1')
  client.write(`content-length: ${bytes}\r\n\r\n`)
  const sent = pour(client, bytes)
  await arrived.promise

  const written = await standsStill(t, sent)

  assert.ok(written > 0 && written < bytes / 4, `the client got rid of ${mb(written)}`)
  assertFlat(`${mb(written)} taken for an upstream that does not read`)
})

test(`F21 passes ${mb(bytes)} to a client at full speed without growing`, {
  skip
}, async (t) => {
  const { open, assertFlat } = await startMeasured(t, (socket) => {
    socket.write(okHead)
    pour(socket, bytes)
  })
  const client = await open('GET /big HTTP/1.1')
  const done = Promise.withResolvers<void>()
  let received = 0
  let first = ''
  client.on('data', (chunk) => {
    if (first === '') first = chunk.toString('latin1')
    received += chunk.length
    if (received >= bytes) done.resolve()
  })
  client.on('close', () => done.reject(new Error(`closed after ${mb(received)}`)))
  const started = performance.now()
  client.write('\r\n')

  await done.promise

  assert.match(first, /^HTTP\/1\.1 200 /)
  assertFlat(`${mb(received)} in ${Math.round(performance.now() - started)} ms`)
})

test(`F21 passes ${mb(bytes)} to an upstream at full speed without growing`, {
  skip
}, async (t) => {
  let received = 0
  const { open, assertFlat } = await startMeasured(t, (socket, _target, rest) => {
    received = rest
    socket.on('data', (chunk) => {
      received += chunk.length
      if (received >= bytes) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    })
  })
  const client = await open('POST /big HTTP/1.1')
  const started = performance.now()
  client.write(`content-length: ${bytes}\r\n\r\n`)
  pour(client, bytes)

  const [answer] = await once(client, 'data')

  assert.match(answer.toString('latin1'), /^HTTP\/1\.1 200 /)
  assert.equal(received, bytes)
  assertFlat(`${mb(received)} in ${Math.round(performance.now() - started)} ms`)
})
