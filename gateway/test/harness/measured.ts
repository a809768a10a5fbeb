import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { credentials } from './tls-upstream.ts'
import { startTrusting } from './trusting.ts'

/** What the gateway may grow by, in MB (guarantee F21). */
const mostMoreMb = 32
/** A side that has not moved for so long is held back, in ms. */
const stillMs = 500
/** Why resident memory cannot be measured here; false where it can. */
export const skip = existsSync('/proc/self/status') ? false : 'resident memory is read from /proc'

export const mb = (count: number) => `${Math.round(count / 1024 ** 2)} MB`

/** Resident memory of a process, in MB (proc(5)). */
function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** Writes so many bytes, `piece` by piece, as fast as the other side takes them; tells how many were handed to the kernel. */
export function pour(socket: Socket, count: number, piece = Buffer.alloc(64 * 1024, 'x')) {
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
export async function standsStill(t: TestContext, progress: () => number): Promise<number> {
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

type Play = (socket: Socket, target: string, rest: number) => void

/** An upstream that hands over its sockets when the head of a request has come, with what came after it. */
async function startBare(t: TestContext, play: Play, isSecure: boolean) {
  const sockets = new Set<Socket>()
  const create = isSecure ? createTlsServer.bind(null, credentials) : createServer
  const server = create((socket: Socket) => {
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
  return `${isSecure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
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
export async function startMeasured(t: TestContext, play: Play, { isSecure = false } = {}) {
  const clients = clientsOf(t)
  const url = await startBare(
    t,
    (socket, target, rest) => {
      if (target === '/warm') socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      else play(socket, target, rest)
    },
    isSecure
  )
  const gateway = await startTrusting(
    t,
    `
services: { bare: { url: "${url}" } }
routes:
  GET /tunnel: { to: bare, allow: public, stream: websocket }
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
