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
 * it looks (PROMISES F21). Small answers never come here often enough to be delayed.
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
    'body-too-large',
    `A body may have at most ${limitBytes} bytes here.`
  )
}

/**
 * The client's body as the upstream is to read it: piece by piece, no faster than it is taken. It stands between
 * the two because with the request itself would go the connection on which the client still awaits its answer.
 * Fails with a 413 problem at the first byte over `limitBytes`, with an error where the client breaks off. A class for
 * the reason that Relay is one.
 */
export class Upload implements Body {
  readonly #exchange: Exchange
  readonly #limitBytes: number
  #sink: Sink | null = null
  #received = 0

  constructor(exchange: Exchange, limitBytes: number) {
    this.#exchange = exchange
    this.#limitBytes = limitBytes
    exchange.request.pause()
  }

  sendTo(sink: Sink) {
    const { request, response, awaitsContinue } = this.#exchange
    this.#sink = sink
    // The upstream is there and takes the body: only now does the client hear that it may send it.
    if (awaitsContinue) response.writeContinue()
    this.#exchange.awaitsContinue = false
    request.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose).resume()
  }

  resume() {
    if (this.#sink) this.#exchange.request.resume()
  }

  destroy() {
    if (this.#leave() === null) return
    // What is still to come is read and dropped, so that the answer can be heard. A body that nobody has begun to
    // read stays as it is: where the upstream was not there, it may be asked again.
    const { request } = this.#exchange
    if (request.readableDidRead) request.resume()
    else request.pause()
  }

  readonly #onData = (bytes: Buffer) => {
    this.#received += bytes.length
    if (this.#received > this.#limitBytes) this.#fail(tooLarge(this.#limitBytes))
    else if (!this.#sink?.data(bytes)) this.#exchange.request.pause()
  }

  readonly #onEnd = () => this.#leave()?.end()

  readonly #onClose = () => {
    if (!this.#exchange.request.complete) this.#fail(new Error('the client broke off'))
  }

  #fail(error: Error) {
    const sink = this.#sink
    this.destroy()
    sink?.failed(error)
  }

  /** Hears no more of the client; gives the sink that was told so far. */
  #leave(): Sink | null {
    const sink = this.#sink
    this.#sink = null
    const { request } = this.#exchange
    request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
    return sink
  }
}
