import type { Socket } from 'node:net'
import type { CallOptions } from './call.ts'

interface Progress {
  /** The `host` field. */
  authority: string
  /** Told of each piece of the body that went out. */
  moved: (bytes: Buffer) => void
  /** Told when all of the request is out. */
  sent: () => void
  /** Told that the body broke off. */
  failed: (error: Error) => void
}

/** Smaller pieces may share their memory with others, in bytes. */
const worthFreeing = 16 * 1024

function headOf({ method, path, headers }: CallOptions, authority: string): string {
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${authority}\r\nconnection: keep-alive\r\n`
  for (let index = 0; index < headers.length; index += 2)
    text += `${headers[index]}: ${headers[index + 1]}\r\n`
  return text
}

function isCounted(headers: readonly string[]): boolean {
  return headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-length')
}

/**
 * Frees what was written. Node's server copies each piece of a body into memory of its own, which would otherwise
 * pile up until it is collected: 90 MB of a large upload.
 */
function free({ buffer, byteLength }: Buffer) {
  const isWhole = buffer.byteLength === byteLength && byteLength >= worthFreeing
  if (isWhole && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

function writeChunk(socket: Socket, bytes: Buffer): boolean {
  socket.cork()
  socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1')
  socket.write(bytes, () => free(bytes))
  const isTaken = socket.write('\r\n', 'latin1')
  socket.uncork()
  return isTaken
}

/** Sends a request; its body as it comes, and no faster than it is taken. */
export function sendRequest(socket: Socket, options: CallOptions, progress: Progress) {
  const { body, headers } = options
  const { authority, moved, sent, failed } = progress
  const head = headOf(options, authority)
  if (body === null) {
    socket.write(`${head}\r\n`, 'latin1')
    return sent()
  }
  const counted = isCounted(headers)
  // The header section waits for the first piece of the body where that is there already.
  socket.cork()
  process.nextTick(() => socket.uncork())
  socket.write(counted ? `${head}\r\n` : `${head}transfer-encoding: chunked\r\n\r\n`, 'latin1')
  body.on('data', (bytes: Buffer) => {
    moved(bytes)
    const isTaken = counted ? socket.write(bytes, () => free(bytes)) : writeChunk(socket, bytes)
    if (isTaken) return
    body.pause()
    socket.once('drain', () => body.resume())
  })
  body.once('end', () => {
    if (!counted) socket.write('0\r\n\r\n', 'latin1')
    sent()
  })
  body.once('error', failed)
}
