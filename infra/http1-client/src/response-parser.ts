const closes = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i
const keeps = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i

/** Whether the connection goes on behind a response (RFC 9112 9.3); `isOld`: one of HTTP/1.0. */
function isPersistent(connection: string, isOld: boolean): boolean {
  return !closes.test(connection) && (!isOld || keeps.test(connection))
}

import { type Chunked, createChunked } from './chunked-decoder.ts'
import { malformed } from './errors.ts'
import type { Call } from './request.ts'

/** Header fields by their names in lower case; those of one name together, in order. */
export function byName(headers: readonly string[]): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null)
  for (let index = 0; index < headers.length; index += 2) {
    const name = (headers[index] as string).toLowerCase()
    const value = headers[index + 1] as string
    const before = fields[name]
    fields[name] = before === undefined ? value : [before, value].flat()
  }
  return fields
}

/** How the end of a body is found (RFC 9112 6.3). */
export type Framing = 'none' | 'counted' | 'chunked' | 'until-close'

/** Fields that say how the message is framed and what becomes of the connection. */
export interface Control {
  length: string | null
  coding: string | null
  connection: string
  keepAlive: string
}

const digits = /^[0-9]{1,15}$/

/** Notes a field that is about the message itself, by its name in lower case; throws where it is the second of its name. */
export function note(control: Control, name: string, value: string) {
  if (name === 'connection') control.connection = `${control.connection},${value}`
  else if (name === 'keep-alive') control.keepAlive = value
  else if (name === 'content-length') {
    if (control.length !== null) throw malformed('has two lengths')
    control.length = value
  } else if (name === 'transfer-encoding') {
    if (control.coding !== null) throw malformed('has two transfer codings')
    control.coding = value
  }
}

/** Throws where the end of the body could be found in two places, or in none. */
export function framingOf(
  { length, coding }: Control,
  { status, minor, method }: { status: number; minor: string; method: string }
): Framing {
  if (length !== null && !digits.test(length)) throw malformed('has a length that is no number')
  const isChunked = coding?.toLowerCase() === 'chunked'
  if (coding !== null && (length !== null || minor === '0' || !isChunked))
    throw malformed('does not say clearly where it ends')
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none'
  if (isChunked) return 'chunked'
  if (length === null) return 'until-close'
  return Number(length) === 0 ? 'none' : 'counted'
}

/** How long the upstream keeps an idle connection, in seconds; null where it says nothing. */
export function keepAliveOf({ keepAlive }: Control): number | null {
  const seconds = keepAlive === '' ? undefined : /timeout=([0-9]{1,6})/i.exec(keepAlive)?.[1]
  return seconds === undefined ? null : Number(seconds)
}

/** What the header section of an answer says. */
export interface Head {
  status: number
  phrase: string
  /** Name, value, name, value: in order and number as they came, without the white space around values. */
  headers: string[]
  body: Framing
  /** Bytes of the body where they are counted, 0 otherwise. */
  length: number
  /** Whether the connection may be used again. */
  persistent: boolean
  /** How long the upstream keeps an idle connection, in seconds; null where it says nothing. */
  keepAliveSeconds: number | null
}

const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([^\r\n]*))?$/
/** RFC 9110 5.5: of the controls only the tab; CR and LF together only, where a line ends. */
const forbidden = /[^\t\r\n\x20-\x7e\x80-\xff]|\r(?!\n)|[^\r]\n/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Fields that are about the message itself. */
const controls = new Set(['connection', 'keep-alive', 'content-length', 'transfer-encoding'])
/** By their spellings, names that were tokens: one of the above, or ''. Upstreams use few, so each is looked at once. */
const known = new Map<string, string>()
const mostKnown = 2000
const longestKnown = 64

/** The name in lower case where it is one of a field about the message itself, '' otherwise; throws where it is none. */
function controlNamed(spelling: string): string {
  const found = known.get(spelling)
  if (found !== undefined) return found
  if (!token.test(spelling)) throw malformed('has a field name that is none')
  const name = spelling.toLowerCase()
  const control = controls.has(name) ? name : ''
  if (spelling.length <= longestKnown && known.size < mostKnown) known.set(spelling, control)
  return control
}

const isSpace = (code: number) => code === 0x20 || code === 0x09

interface StatusLine {
  text: string
  minor: string
  status: number
  phrase: string
}

/** The last that was read: most answers begin with the same. */
let last: StatusLine | null = null

function readStatusLine(text: string): StatusLine {
  if (text === last?.text) return last
  const [, minor = '', code = '', phrase = ''] = statusLine.exec(text) ?? []
  if (code === '') throw malformed('begins with no status line')
  last = { text, minor, status: Number(code), phrase }
  return last
}

/** The value of a field line without the white space around it (RFC 9112 5); `trim` would take more than that. */
function valueIn(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isSpace(text.charCodeAt(start))) start += 1
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function readFields(text: string, from: number, control: Control): string[] {
  const headers: string[] = []
  for (let start = from; start < text.length; ) {
    const found = text.indexOf('\r\n', start)
    const end = found === -1 ? text.length : found
    const colon = text.indexOf(':', start)
    if (colon === -1 || colon >= end) throw malformed('has a line without a colon')
    const name = text.slice(start, colon)
    const about = controlNamed(name)
    const value = valueIn(text, colon + 1, end)
    headers.push(name, value)
    if (about !== '') note(control, about, value)
    start = end + 2
  }
  return headers
}

/**
 * Reads the status line and the header section of an answer, without the empty line that ends them. Throws an error
 * where they break the grammar of RFC 9112, or could be read in two ways.
 * @param method of the request: the answer to HEAD has no body
 */
export function readHead(text: string, method: string): Head {
  if (forbidden.test(text)) throw malformed('has characters that no header section may have')
  const lineEnd = text.indexOf('\r\n')
  const line = lineEnd === -1 ? text : text.slice(0, lineEnd)
  const { minor, status, phrase } = readStatusLine(line)
  const control: Control = { length: null, coding: null, connection: '', keepAlive: '' }
  const headers = readFields(text, line.length + 2, control)
  const body = framingOf(control, { status, minor, method })
  return {
    status,
    phrase,
    headers,
    body,
    length: body === 'counted' ? Number(control.length) : 0,
    persistent: body !== 'until-close' && isPersistent(control.connection, minor === '0'),
    keepAliveSeconds: keepAliveOf(control)
  }
}

/** `done` with the last byte; `overrun` where bytes follow that belong to no answer. */
type Verdict = 'more' | 'done' | 'overrun'

const unread = Object.freeze({})

/** One answer, from its first byte to its last, told to the call as it comes. */
export class Answer {
  readonly #call: Call
  readonly #maxHeaderBytes: number
  #head: Head | null = null
  /** The beginning of a header section whose end has not come. */
  #begun: Buffer | null = null
  #left = 0
  #isBegun = false
  #chunked: Chunked | null = null

  /** @param maxHeaderBytes the largest header section that is read */
  constructor(call: Call, maxHeaderBytes: number) {
    this.#call = call
    this.#maxHeaderBytes = maxHeaderBytes
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
      if ((end === -1 ? bytes.length : end) - from > this.#maxHeaderBytes)
        throw malformed(`has a header section that is too long: over ${this.#maxHeaderBytes} bytes`)
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
