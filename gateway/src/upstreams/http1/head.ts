import { isPersistent } from '../../persistence.ts'
import { malformed } from './failure.ts'
import { type Control, type Framing, framingOf, keepAliveOf, note } from './framing.ts'

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
