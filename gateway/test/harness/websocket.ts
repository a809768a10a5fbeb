import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { readHead, valuesOf } from './message.ts'
import type { Seen, Upstream } from './upstream.ts'
import { createWatch } from './watch.ts'

/** The key of RFC 6455 1.3. */
export const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const opening = [
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  `sec-websocket-key: ${key}`
]

/** The answer that RFC 6455 1.3 asks for to a key. */
export function acceptOf(sent: string): string {
  const proof = `${sent}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  return createHash('sha1').update(proof).digest('base64')
}

/** A whole 101; `headers` are further lines. */
export function switching(seen: Seen, ...headers: string[]): string {
  const accept = acceptOf(seen.all('sec-websocket-key')[0] ?? '')
  const lines = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: Upgrade']
  return [...lines, `sec-websocket-accept: ${accept}`, ...headers, '', ''].join('\r\n')
}

/** One frame that ends its message; masked, as a client's are, where `mask` is given. */
export function frame(payload: string | Buffer, { opcode = 2, mask = null as Buffer | null } = {}) {
  const bytes = Buffer.from(payload)
  const masked = mask ? 0x80 : 0
  const first = Buffer.from([0x80 | opcode])
  const length =
    bytes.length < 126
      ? Buffer.from([masked | bytes.length])
      : Buffer.from([masked | 127, 0, 0, 0, 0, ...uint32(bytes.length)])
  if (!mask) return Buffer.concat([first, length, bytes])
  return Buffer.concat([first, length, mask, bytes.map((byte, i) => byte ^ (mask[i % 4] ?? 0))])
}

const uint32 = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff)

/** What a close frame says, read from the end of `bytes` where it is the last frame there. */
export function farewellIn(bytes: Buffer) {
  // A mask is random: a byte in it, or of what it hides, may look like the first of a frame.
  const fits = (byte: number, index: number) => {
    const head = (bytes[index + 1] ?? 0) & 0x80 ? 6 : 2
    return byte === 0x88 && bytes.length - index - head === ((bytes[index + 1] ?? 0) & 0x7f)
  }
  const at = bytes.findLastIndex(fits)
  const second = bytes[at + 1] ?? 0
  const rest = bytes.subarray(at + 2)
  const mask = second & 0x80 ? rest.subarray(0, 4) : Buffer.alloc(4)
  const body = rest.subarray(second & 0x80 ? 4 : 0)
  const payload = Buffer.from(body.map((byte, i) => byte ^ (mask[i % 4] ?? 0)))
  const masked = (second & 0x80) > 0
  const whole = at >= 0 && payload.length === (second & 0x7f)
  return { code: whole ? payload.readUInt16BE(0) : null, text: payload.toString('utf8', 2), masked }
}

/** Collects what arrives on a socket. */
export function collect(socket: Socket) {
  const { changed, until } = createWatch()
  const state = { bytes: Buffer.alloc(0), ended: false, closed: null as 'end' | 'reset' | null }
  let failed = false
  socket.on('data', (bytes) => {
    state.bytes = Buffer.concat([state.bytes, bytes])
    changed()
  })
  socket.on('end', () => {
    state.ended = true
    changed()
  })
  socket.on('error', () => {
    failed = true
  })
  socket.on('close', () => {
    state.closed = failed ? 'reset' : 'end'
    changed()
  })
  return {
    socket,
    state,
    has: (what: string | Buffer) => until(`bytes ${what}`, () => state.bytes.includes(what)),
    /** Waits for the other side's half-close, or its whole end. */
    ended: () => until('the end', () => state.ended || state.closed),
    closed: () => until('the close', () => state.closed),
    until
  }
}

export type Collected = ReturnType<typeof collect>

/** Makes `path` of the upstream answer 101; gives the upstream's end of the tunnel when there is one. */
export function acceptAt(upstream: Upstream, path: string, ...headers: string[]) {
  const { promise, resolve } = Promise.withResolvers<Collected & { seen: Seen }>()
  upstream.atHead(path, (seen, socket) => {
    socket.allowHalfOpen = true
    resolve({ ...collect(socket), seen })
    socket.write(switching(seen, ...headers))
  })
  return promise
}

interface Opening {
  /** Whole lines besides `host` and those of `instead`. */
  headers?: string[]
  /** The lines that ask for the WebSocket. */
  instead?: string[]
  /** Sent in one piece with the head. */
  early?: Buffer | string
}

type Context = { after: (end: () => void) => void }

/** Asks for a WebSocket on a connection of its own, and collects what comes. */
export async function askWebSocket(t: Context, port: number, path: string, options: Opening = {}) {
  const { headers = [], instead = opening, early = '' } = options
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  const lines = [`GET ${path} HTTP/1.1`, 'host: gateway', ...instead, ...headers, '', '']
  socket.write(Buffer.concat([Buffer.from(lines.join('\r\n')), Buffer.from(early)]))
  return collect(socket)
}

/** Asks for a WebSocket; gives the answer's head and what follows it. */
export async function openWebSocket(t: Context, port: number, path: string, options: Opening = {}) {
  const collected = await askWebSocket(t, port, path, options)
  const { state, until } = collected
  const end = await until('a head', () => {
    const at = state.bytes.indexOf('\r\n\r\n') + 4
    if (at < 4 && state.closed) throw new Error(`closed (${state.closed}) without an answer`)
    return at >= 4 && at
  })
  const head = readHead(state.bytes.toString('latin1', 0, end))
  state.bytes = state.bytes.subarray(end)
  const all = (name: string) => valuesOf(head.headers, name)
  return { ...collected, status: Number(head.start.split(' ')[1]), all, text: head.text }
}
