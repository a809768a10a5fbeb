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
  readonly #givenUp: (call: Call) => void
  #line: Line | null = null
  #over = false

  /** @param givenUp told where it is given up while it has no connection */
  constructor(options: CallOptions, handler: Handler, givenUp: (call: Call) => void) {
    this.options = options
    this.handler = handler
    this.#givenUp = givenUp
  }

  /** Gives it the connection that it runs on; false where it is over before it began. */
  begin(line: Line): boolean {
    if (this.#over) return false
    this.#line = line
    this.handler.onRequestStart?.(this, null)
    return !this.#over
  }

  /**
   * Whether it may be asked anew where a kept connection closed without a word: it was most likely closed already
   * when the request went out, and asking for it twice would do no harm (RFC 9110 9.2.2, RFC 9112 9.3.1).
   */
  get isRepeatable(): boolean {
    const { body, method } = this.options
    return !this.#over && !this.repeated && body === null && safeMethods.has(method)
  }

  /** Whether it was begun once before, on a connection that turned out to be closed. */
  get repeated(): boolean {
    return this.options.repeated === true
  }

  /** Takes it from its connection, to be given to another. */
  repeat() {
    this.options.repeated = true
    this.#line = null
  }

  get client(): string {
    return this.options.client ?? ''
  }

  get isOver(): boolean {
    return this.#over
  }

  /** Nobody wants the answer any more. */
  abort(reason: Error) {
    if (this.#over) return
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
    if (this.#over) return
    this.#over = true
    this.#line = null
    this.handler.onResponseEnd?.(this, {})
  }

  fail(error: Error) {
    if (this.#over) return
    this.#over = true
    this.#line = null
    this.options.body?.destroy()
    this.handler.onResponseError?.(this, error)
  }
}
