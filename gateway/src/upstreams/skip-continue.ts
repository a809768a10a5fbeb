import type { Socket } from 'node:net'

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
