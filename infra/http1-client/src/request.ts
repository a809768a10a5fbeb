import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'

/** Methods that may be sent once more without asking: sending twice is sending once (RFC 9110 9.2.1). */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Where the pieces of a body go. */
export interface Sink {
  /** Gives false where no more is to come before `resume`. */
  data: (bytes: Buffer) => boolean
  end: () => void
  failed: (error: Error) => void
}

/** The body of a request, which waits until it is asked for. Not a stream: that would cost such a request a tenth. */
export interface Body {
  /** Hands it over from here on, piece by piece. */
  sendTo: (sink: Sink) => void
  resume: () => void
  /** Nobody wants the rest of it. */
  destroy: () => void
}

/** What is asked of an upstream. */
export interface CallOptions {
  method: string
  /** The request target, in origin form. */
  path: string
  /** Header lines, each ended by its CRLF; without `host`, `connection` and `transfer-encoding`. */
  headers: string
  /** Sent as it comes: by `content-length` where `headers` has one, in chunks otherwise. */
  body: Body | null
  /** Whose request it is: a pool limits the connections of one client. */
  client?: string
  /** Whether it was begun once more, over a connection that turned out to be closed: once for all its tries. */
  repeated?: boolean
  /** Whether the fields of the answer are wanted by name, too; but for streams nobody asks. */
  named?: boolean
}

/** What hears of an answer, in undici's terms. */
export interface Handler extends Dispatcher.DispatchHandler {
  /** The header section has come, and nothing yet of the body that belongs to it. */
  onHeadAlone?(): void
}

/** What a call runs on, as far as the call needs to know it. */
export interface Line {
  /** Breaks the connection off, which ends its call with this error. */
  breakOff: (error: Error) => void
  pause: () => void
  resume: () => void
  /** Keeps the memory of the present chunk until what it gives is called. */
  keep: () => () => void
}

/**
 * One request and what hears its answer; in undici's terms a controller. The header section of the answer is in
 * `rawHeaders` alone, unless the call wants it by name.
 */
export class Call implements Dispatcher.DispatchController {
  readonly options: CallOptions
  readonly handler: Handler
  rawHeaders: string[] = []
  rawTrailers: string[] = []
  aborted = false
  paused = false
  reason: Error | null = null
  /** Whose turn it takes in the queue; empty where the pool tells no clients apart. */
  readonly client: string
  /** Whether its response is whole, or it has failed. */
  isOver = false
  /** Whether it was begun once before, on a connection that turned out to be closed. */
  repeated: boolean
  readonly #givenUp: (call: Call) => void
  #line: Line | null = null

  /** @param givenUp told where it is given up while it has no connection */
  constructor(options: CallOptions, handler: Handler, givenUp: (call: Call) => void) {
    this.options = options
    this.handler = handler
    this.client = options.client ?? ''
    this.repeated = options.repeated === true
    this.#givenUp = givenUp
  }

  /** Gives it the connection that it runs on; false where it is over before it began. */
  begin(line: Line): boolean {
    if (this.isOver) return false
    this.#line = line
    this.handler.onRequestStart?.(this, null)
    return !this.isOver
  }

  /**
   * Whether it may be asked anew where a kept connection closed without a word: it was most likely closed already
   * when the request went out, and asking for it twice would do no harm (RFC 9110 9.2.2, RFC 9112 9.3.1).
   */
  get isRepeatable(): boolean {
    const { body, method } = this.options
    return !this.isOver && !this.repeated && body === null && safeMethods.has(method)
  }

  /** Takes it from its connection, to be given to another. */
  repeat() {
    this.repeated = true
    this.options.repeated = true
    this.#line = null
  }

  /** Nobody wants the answer any more. */
  abort(reason: Error) {
    if (this.isOver) return
    this.aborted = true
    this.reason = reason
    if (this.#line) this.#line.breakOff(reason)
    else this.#givenUp(this)
    this.fail(reason)
  }

  pause() {
    this.paused = true
    this.#line?.pause()
  }

  resume() {
    this.paused = false
    this.#line?.resume()
  }

  /** Keeps the chunk that was handed over last; undone by calling what is given, once it is used. */
  keep(): () => void {
    return this.#line?.keep() ?? (() => {})
  }

  /** The whole answer is there. */
  succeed() {
    if (this.isOver) return
    this.isOver = true
    this.#line = null
    this.handler.onResponseEnd?.(this, {})
  }

  fail(error: Error) {
    if (this.isOver) return
    this.isOver = true
    this.#line = null
    this.options.body?.destroy()
    this.handler.onResponseError?.(this, error)
  }
}

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
