import type { Handler } from '../upstreams/http1/call.ts'
import { Course } from './course.ts'
import { dropBody } from './drop-body.ts'
import { plainPhrase } from './endings.ts'
import { writeHint } from './hint.ts'
import { type Controller, passLast, passPiece } from './pieces.ts'
import { responseHeaders } from './response-headers.ts'

type Parsed = Record<string, string | string[] | undefined>

/** How long a header section waits for its body, in ms. */
const mostHeadDelayMs = 200

/**
 * Carries one answer from the upstream to the client as it comes. A class, where all else but errors is functions:
 * one object a request with its methods on the prototype is what the fast path can afford.
 */
export class Relay extends Course implements Handler {
  /** Bytes of the answer's body that are to come; negative where its length was not said. */
  #remaining = -1

  onRequestStart(controller: Controller) {
    this.patience.tries(true)
    this.asked(controller)
  }

  /** A body that moves is not a timeout. */
  onBodySent() {
    this.patience.bodyMoved()
  }

  onResponseStart(controller: Controller, status: number, parsed: Parsed, phrase?: string) {
    if (status < 200) return this.#hint(status, parsed)
    const { exchange, terms } = this
    // What refuses a stream is an answer like any other, with an end in time.
    if (terms.route.stream === 'sse' && status < 300) this.patience.stop()
    if (status < 300) terms.succeeded(exchange)
    const raw = controller.rawHeaders as Buffer[]
    const { lines, framing, length } = responseHeaders(exchange, raw, status)
    this.#remaining = length
    exchange.response.lines = lines
    exchange.response.writeHead(status, plainPhrase(phrase), framing)
    // The upstream has answered without awaiting the whole body; the rest of it is for nobody.
    if (!exchange.request.complete) dropBody(exchange.request)
  }

  /**
   * The body takes its time; the client hears that it is coming. Not at once, for most bodies are on their way, and not
   * where the client sent a FIN: this is what it is asked with whether it still reads.
   */
  onHeadAlone() {
    const { request, response } = this.exchange
    const tell = () => this.isOver || request.socket.readableEnded || response.flushHeaders()
    setTimeout(tell, mostHeadDelayMs).unref()
  }

  onResponseData(controller: Controller, chunk: Buffer) {
    const { response } = this.exchange
    if (this.#remaining >= 0) this.#remaining -= chunk.length
    if (this.#remaining === 0) {
      this.over()
      passLast(response, controller, chunk)
      return this.terms.done(this.exchange)
    }
    this.patience.answerMoved(chunk.length)
    passPiece(response, controller, chunk)
  }

  onResponseEnd() {
    if (this.isOver) return
    this.over()
    this.exchange.response.end()
    this.terms.done(this.exchange)
  }

  onResponseError(_controller: Controller | null, error: Error) {
    this.tryFailed(error)
  }

  /** RFC 9110 15.2: of the interim answers, 103 is of use to a client; the others were for the gateway. */
  #hint(status: number, { link }: Parsed) {
    if (status !== 103 || link === undefined) return
    this.answered()
    writeHint(this.exchange, link)
  }
}
