import { byName } from './by-name.ts'
import type { Call } from './call.ts'
import { type Chunked, createChunked } from './chunked.ts'
import { malformed } from './failure.ts'
import { type Head, readHead } from './head.ts'

/** Longest header section of an answer, in bytes. */
const longestHead = 16 * 1024

/** `done` with the last byte; `overrun` where bytes follow that belong to no answer. */
type Verdict = 'more' | 'done' | 'overrun'

const unread = Object.freeze({})

/** One answer, from its first byte to its last, told to the call as it comes. */
export class Answer {
  readonly #call: Call
  #head: Head | null = null
  /** The beginning of a header section whose end has not come. */
  #begun: Buffer | null = null
  #left = 0
  #isBegun = false
  #chunked: Chunked | null = null

  constructor(call: Call) {
    this.#call = call
  }

  /** Whether not one byte of it has come. */
  get isUnbegun(): boolean {
    return !this.#isBegun
  }

  /** Whether the upstream keeps the connection open after it. */
  get persistent(): boolean {
    return this.#head?.persistent ?? false
  }

  get keepAliveSeconds(): number | null {
    return this.#head?.keepAliveSeconds ?? null
  }

  /** Whether the end of the connection is its end, too. */
  get endsWithConnection(): boolean {
    return this.#head?.body === 'until-close'
  }

  /** Takes the next bytes; throws where they break a rule of HTTP. */
  take(bytes: Buffer): Verdict {
    this.#isBegun = true
    if (this.#head) return this.#takeBody(this.#head, bytes, 0)
    const all = this.#begun ? Buffer.concat([this.#begun, bytes]) : bytes
    this.#begun = null
    return this.#takeHead(all)
  }

  #takeHead(bytes: Buffer): Verdict {
    for (let from = 0; ; ) {
      const end = bytes.indexOf('\r\n\r\n', from, 'latin1')
      if ((end === -1 ? bytes.length : end) - from > longestHead)
        throw malformed('has a header section that is too long')
      if (end === -1) {
        // What it lies in is read into again.
        this.#begun = Buffer.from(bytes.subarray(from))
        return 'more'
      }
      const head = readHead(bytes.toString('latin1', from, end), this.#call.options.method)
      from = end + 4
      if (head.status >= 200) return this.#begin(head, bytes, from)
      this.#interim(head)
    }
  }

  #interim({ status, phrase, headers }: Head) {
    if (status === 101) throw malformed('changes the protocol, which nobody asked for')
    const call = this.#call
    call.rawHeaders = headers
    call.handler.onResponseStart?.(call, status, byName(headers), phrase)
  }

  #begin(head: Head, bytes: Buffer, from: number): Verdict {
    const call = this.#call
    this.#head = head
    this.#left = head.length
    if (head.body === 'chunked') this.#chunked = createChunked()
    call.rawHeaders = head.headers
    const named = call.options.named ? byName(head.headers) : unread
    call.handler.onResponseStart?.(call, head.status, named, head.phrase)
    const verdict = this.#takeBody(head, bytes, from)
    const isAlone = verdict === 'more' && from === bytes.length
    if (isAlone && !call.isOver) call.handler.onHeadAlone?.()
    return verdict
  }

  #pass(data: Buffer) {
    if (!this.#call.isOver) this.#call.handler.onResponseData?.(this.#call, data)
  }

  #takeBody({ body }: Head, bytes: Buffer, from: number): Verdict {
    let end = from
    if (body === 'counted') {
      end = Math.min(from + this.#left, bytes.length)
      this.#left -= end - from
      if (end > from) this.#pass(bytes.subarray(from, end))
      if (this.#left > 0) return 'more'
    } else if (body === 'until-close') {
      if (from < bytes.length) this.#pass(bytes.subarray(from))
      return 'more'
    } else if (this.#chunked) {
      end = this.#chunked(bytes, from, (data) => this.#pass(data))
      if (end === -1) return 'more'
    }
    return end === bytes.length ? 'done' : 'overrun'
  }
}
