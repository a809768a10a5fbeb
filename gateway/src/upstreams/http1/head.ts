import { malformed } from './failure.ts'
import {
  type Control,
  type Framing,
  framingOf,
  isPersistent,
  keepAliveOf,
  note
} from './framing.ts'

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

/** Field names that were tokens: upstreams use few, so each is looked at once. */
const known = new Set<string>()
const mostKnown = 2000
const longestKnown = 64

function checkName(name: string) {
  if (known.has(name)) return
  if (!token.test(name)) throw malformed('has a field name that is none')
  if (name.length <= longestKnown && known.size < mostKnown) known.add(name)
}

const isSpace = (code: number) => code === 0x20 || code === 0x09

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
    checkName(name)
    const value = valueIn(text, colon + 1, end)
    headers.push(name, value)
    note(control, name, value)
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
  const [, minor = '', code = '', phrase = ''] = statusLine.exec(line) ?? []
  if (code === '') throw malformed('begins with no status line')
  const control: Control = { length: null, coding: null, connection: '', keepAlive: '' }
  const headers = readFields(text, line.length + 2, control)
  const status = Number(code)
  const body = framingOf(control, { status, minor, method })
  return {
    status,
    phrase,
    headers,
    body,
    length: body === 'counted' ? Number(control.length) : 0,
    persistent: body !== 'until-close' && isPersistent(control, minor),
    keepAliveSeconds: keepAliveOf(control)
  }
}
