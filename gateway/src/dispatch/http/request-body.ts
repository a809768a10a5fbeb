import type { Body, Sink } from '@gatehouse/http1-client/request'
import { ProblemError } from '@gatehouse/service-kit'
import type { Exchange } from '../../exchange.ts'
import { collectYoung } from '../../v8-flags.ts'

/** Bytes that pass before what carried them is collected. */
const bytesBetween = 8 * 1024 * 1024

let passed = 0

/**
 * Counts bytes of bodies and tunnels on their way through, and collects the young generation from time to time. Node
 * reads into slabs of 64 kB that V8 knows as a few small objects each: it would let some 90 MB of them pile up before
 * it looks (guarantee F21). Small answers never come here often enough to be delayed.
 */
export function countPassed(bytes: number) {
  passed += bytes
  if (passed < bytesBetween) return
  passed = 0
  collectYoung()
}

export function tooLarge(limitBytes: number): ProblemError {
  return new ProblemError(
    413,
    'payload-too-large',
    `The request body is larger than ${limitBytes} bytes. Send less.`
  )
}

/** A body up to this size is whole before it takes a connection slot of its service, in bytes. */
const maxBufferedBytes = 64 * 1024
/** Small pieces are joined when there are so many: each costs more memory than its bytes. */
const maxPieces = 64

interface BodyOptions {
  /** The route's limit, in bytes. */
  limitBytes: number
  /** Whether the request may be sent again after its body was: a whole body is kept for that. */
  repeatable: boolean
  /** Called with every piece that the client sends before the upstream reads. */
  onPiece: () => void
  /** Called when the body is whole; what it returns ends the request instead. */
  check: () => Error | null
}

/**
 * The client's body as the upstream reads it. First it waits for the client: for all of a body up to 64 kB, for the first
 * part of a larger one. Only then the request may take a connection slot, which slow clients would otherwise hold
 * (guarantee G27). From there on a larger body passes piece by piece, no faster than the upstream reads. It stands between
 * the two because with the request itself would go the connection on which the client still awaits its response. It fails
 * with a 413 problem at the first byte over the limit, with an error where the client aborts. A class for the reason that
 * ProxyExchange is one.
 */
export class RequestBody implements Body {
  readonly #exchange: Exchange
  readonly #options: BodyOptions
  readonly #isLarge: boolean
  #ready: ((error: Error | null) => void) | null = null
  #sink: Sink | null = null
  #pieces: Buffer[] = []
  #received = 0
  #isWhole = false
  #isGone = false
  #wasPaused = false

  constructor(exchange: Exchange, options: BodyOptions) {
    this.#exchange = exchange
    this.#options = options
    this.#isLarge = Number(exchange.request.headers['content-length'] ?? 0) > maxBufferedBytes
  }

  /** Whether a part of it has been handed to an upstream and is kept nowhere, so that it cannot be sent again (guarantee G3). */
  get isGone(): boolean {
    return this.#isGone
  }

  /** Bytes that have come so far. */
  get received(): number {
    return this.#received
  }

  /** Whether the upstream has been too slow for the client since this was last called. */
  takePaused(): boolean {
    const was = this.#wasPaused
    this.#wasPaused = this.#exchange.request.isPaused()
    return was
  }

  /** Reads so much that the request may be sent; calls `ready` then, or with the error that prevents it. */
  collect(ready: (error: Error | null) => void) {
    const { request, response, awaitsContinue } = this.#exchange
    this.#ready = ready
    if (awaitsContinue) response.writeContinue()
    this.#exchange.awaitsContinue = false
    request.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose).resume()
  }

  sendTo(sink: Sink) {
    const pieces = this.#pieces
    const isKept = this.#isWhole && this.#options.repeatable
    this.#isGone = !isKept
    if (!isKept) this.#pieces = []
    this.#sink = sink
    // The memory of what is sent is freed then.
    const bytes = pieces.length === 1 && !isKept ? (pieces[0] as Buffer) : Buffer.concat(pieces)
    const isTaken = bytes.length === 0 || sink.data(bytes)
    if (this.#isWhole) this.#leave()?.end()
    else if (isTaken) this.#exchange.request.resume()
  }

  resume() {
    if (this.#sink) this.#exchange.request.resume()
  }

  /** This attempt needs no more of it. A body of which nothing was handed over waits for the next one. */
  destroy() {
    if (this.#isGone) this.discard()
    else this.#sink = null
  }

  /** Nobody needs it any more: what is still to come is read and dropped, so that the client reads the response. */
  discard() {
    this.#pieces = []
    this.#ready = null
    this.#leave()
    if (!this.#isWhole) this.#exchange.request.resume()
  }

  readonly #onData = (bytes: Buffer) => {
    const { limitBytes, onPiece } = this.#options
    this.#received += bytes.length
    if (this.#received > limitBytes) return this.#fail(tooLarge(limitBytes))
    if (this.#sink) {
      if (!this.#sink.data(bytes)) this.#pause()
      return
    }
    onPiece()
    this.#pieces.push(bytes)
    if (this.#pieces.length >= maxPieces) this.#pieces = [Buffer.concat(this.#pieces)]
    if (this.#isLarge || this.#received > maxBufferedBytes) {
      this.#exchange.request.pause()
      this.#report(null)
    }
  }

  readonly #onEnd = () => {
    const error = this.#options.check()
    if (error) return this.#fail(error)
    this.#isWhole = true
    const sink = this.#leave()
    if (sink) sink.end()
    else this.#report(null)
  }

  readonly #onClose = () => {
    if (!this.#exchange.request.complete) this.#fail(new Error('the client aborted its request'))
  }

  #pause() {
    this.#wasPaused = true
    this.#exchange.request.pause()
  }

  #report(error: Error | null) {
    const ready = this.#ready
    this.#ready = null
    ready?.(error)
  }

  #fail(error: Error) {
    const sink = this.#leave()
    this.#pieces = []
    this.#exchange.request.resume()
    if (sink) sink.failed(error)
    else this.#report(error)
  }

  /** Reads no more of the client; returns the sink that was written to so far. */
  #leave(): Sink | null {
    const sink = this.#sink
    this.#sink = null
    const { request } = this.#exchange
    request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
    return sink
  }
}
