import type { Socket } from 'node:net'
import { buildConnector, type buildConnector as Connector, errors } from 'undici'

const start = Buffer.from('HTTP/1.1 100')
const end = Buffer.from('\r\n\r\n')
/** Longest header section of an interim answer that is waited for, in bytes. */
const longest = 16 * 1024

/** What undici keeps at a socket of its own: where it stands in an answer. */
interface Parser {
  llhttp: object
  /** 0 until the header section of an answer is whole. */
  statusCode: number
}

const isParser = (value: unknown): value is Parser =>
  typeof value === 'object' && value !== null && 'llhttp' in value && 'statusCode' in value

/** Whether what comes next begins an answer. Only the few chunks that look like a 100 are asked for. */
function isBetweenAnswers(socket: Socket): boolean {
  const own = Object.getOwnPropertySymbols(socket) as (keyof Socket)[]
  return own.map((symbol): unknown => socket[symbol]).find(isParser)?.statusCode === 0
}

const looksLikeContinue = (chunk: Buffer) =>
  chunk[9] === 0x31 && chunk[10] === 0x30 && chunk.subarray(0, start.length).equals(start)

/**
 * Takes every `100 Continue` out of what undici reads from `socket`: it makes an error of one that it did not ask
 * for, and RFC 9110 15.2.1 allows it at any time.
 */
export function skipContinue(socket: Socket) {
  const read = socket.read.bind(socket)
  let held: Buffer | null = null

  /** What follows the interim answer that `chunk` begins with; null while it is not whole. */
  function after(chunk: Buffer): Buffer | null {
    const at = chunk.indexOf(end)
    if (at === -1 && chunk.length < longest) {
      held = chunk
      return next()
    }
    // Too long for an interim response: undici refuses it.
    if (at === -1) return chunk
    const rest = chunk.subarray(at + end.length)
    return rest.length > 0 ? pass(rest) : next()
  }
  const pass = (chunk: Buffer): Buffer | null =>
    looksLikeContinue(chunk) && isBetweenAnswers(socket) ? after(chunk) : chunk

  function next(size?: number): Buffer | null {
    const chunk: Buffer | null = read(size)
    if (chunk === null) return null
    if (held === null) return pass(chunk)
    const whole = Buffer.concat([held, chunk])
    held = null
    return pass(whole)
  }
  socket.read = next
}

/** How undici asks for a connection; its types leave out that the socket is given back. */
type Connect = (options: Connector.Options, callback: Connector.Callback) => Socket | undefined

/**
 * undici takes an answer whose end is that of its connection for whole, also where the connection was reset
 * (guarantee F7), and fails what waits behind a reset though nothing of it was sent. A code of its own stops both.
 */
function tellResets(socket: Socket) {
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET') error.code = 'UND_ERR_SOCKET'
  })
}

/**
 * Opens connections for undici within `timeoutMs`, to the millisecond where its own timers are half a second late,
 * and mends on them what undici makes of resets and of `100 Continue`.
 */
export function createConnector(timeoutMs: number): Connector.connector {
  // HTTP/2 knows no upgrade, and an upstream that may choose would choose it.
  const connect = buildConnector({ timeout: 0, allowH2: false }) as Connect
  return (options, callback) => {
    const late = () => socket?.destroy(new errors.ConnectTimeoutError('no connection in time'))
    const timer = setTimeout(late, timeoutMs)
    const socket = connect(options, (...opened) => {
      clearTimeout(timer)
      const [, ready] = opened
      if (ready) {
        tellResets(ready)
        skipContinue(ready)
      }
      callback(...opened)
    })
    return socket
  }
}
