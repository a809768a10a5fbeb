import type { Socket } from 'node:net'
import type { Body, CallOptions, Sink } from './request.ts'

interface Progress {
  /** What `headTo` gives. */
  head: string
  /** Told of each piece of the body that went out. */
  moved: (bytes: Buffer) => void
  /** Told when all of the request is out. */
  sent: () => void
  /** Told that the body broke off. */
  failed: (error: Error) => void
}

/** Smaller pieces may share their memory with others, in bytes. */
const worthFreeing = 16 * 1024

const counts = /^content-length:/im

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

/**
 * What stands between the path of a request and its fields, the same for every request to one destination.
 * @param authority the `host` field
 */
export function headTo(authority: string): string {
  return ` HTTP/1.1\r\nhost: ${authority}\r\nconnection: keep-alive\r\n`
}

/** Sends a request that has no body. */
export function sendBodyless(socket: Socket, { method, path, headers }: CallOptions, head: string) {
  socket.write(`${method} ${path}${head}${headers}\r\n`, 'latin1')
}

/**
 * Holds back what is written until the function it gives is called, or this turn of the event loop ends: a header section
 * leaves together with the first piece of its body where that has come already, in one system call.
 */
function hold(socket: Socket): () => void {
  let isHeld = true
  const release = () => {
    if (isHeld) socket.uncork()
    isHeld = false
  }
  socket.cork()
  setImmediate(release)
  return release
}

/** Writes a body to `socket`, in chunks where it is not counted; `release` is called after each piece. */
function sinkTo(
  socket: Socket,
  { counted, release, more }: { counted: boolean; release: () => void; more: () => void },
  { moved, sent, failed }: Progress
): Sink {
  return {
    data(bytes) {
      moved(bytes)
      const isTaken = counted ? socket.write(bytes, () => free(bytes)) : writeChunk(socket, bytes)
      release()
      if (!isTaken) socket.once('drain', more)
      return isTaken
    },
    end() {
      if (!counted) socket.write('0\r\n\r\n', 'latin1')
      release()
      sent()
    },
    failed
  }
}

/** Sends a request; its body as it comes, and no faster than it is taken. */
export function sendRequest(
  socket: Socket,
  { method, path, headers }: CallOptions,
  body: Body,
  progress: Progress
) {
  const counted = counts.test(headers)
  const release = hold(socket)
  const framing = counted ? '' : 'transfer-encoding: chunked\r\n'
  socket.write(`${method} ${path}${progress.head}${headers}${framing}\r\n`, 'latin1')
  body.sendTo(sinkTo(socket, { counted, release, more: () => body.resume() }, progress))
}
