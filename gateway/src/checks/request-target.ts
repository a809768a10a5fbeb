import type { IncomingMessage } from 'node:http'
import { refusal } from './request-message.ts'

/** A target with the authority that it is for (RFC 9112 3.2.2). */
const absolute = /^http(s?):\/\/([^/?#]+)(.*)$/i

/** Requests whose target said `https` before it was made one of a path. */
const secure = new WeakSet<IncomingMessage>()

/**
 * Makes a target that names the very host of the request one of a path, as it would have been sent without a proxy.
 * RFC 9112 3.2.2 wants servers to take it; one that names another host stays as it is, and is refused (guarantee F15).
 */
export function takeOriginForm(request: IncomingMessage) {
  const [, tls = '', authority = '', rest = ''] = absolute.exec(request.url ?? '') ?? []
  if (authority === '' || authority.toLowerCase() !== request.headers.host?.toLowerCase()) return
  if (tls !== '') secure.add(request)
  if (rest.startsWith('/')) request.url = rest
  // RFC 9112 3.2.4: without a path, OPTIONS is about the server as a whole.
  else if (rest === '' && request.method === 'OPTIONS') request.url = '*'
  else request.url = `/${rest}`
}

/**
 * Throws 421 for a target of scheme `https` that came over a plain connection: nobody secured what the client believes
 * secured (RFC 9110 7.4).
 * @param scheme how the client came, as far as the connection or a trusted proxy says
 */
export function checkScheme(request: IncomingMessage, scheme: 'http' | 'https') {
  if (scheme === 'https' || !secure.has(request)) return
  throw refusal(
    421,
    'misdirected-request',
    'The target is an https URL, and this connection has no TLS. Send the request over TLS.'
  )
}

/** Longest request target, in bytes (guarantee F19). */
const maxTargetLength = 8192

/**
 * The one spelling most requests have: segments of unreserved characters that do not begin with a dot. A slash stands
 * before each segment but the first, so that no text can be read in two ways, and time is linear.
 */
const plainPath =
  /^\/(?:[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9._~!$&'()*+,=:@-]*(?:\/[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9._~!$&'()*+,=:@-]*)*\/?)?$/
/** RFC 3986 3.3 without `;`, which servers disagree about. */
const pathCharacters = /^(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})*$/
/** Encoded: controls; the percent sign itself; those that delimit; and those that need no encoding (a second spelling). */
const ambiguousEscape =
  /%(?:(?<control>[01][0-9A-F]|7F)|(?<percent>25)|(?<delimiter>2F|5C|3B|3F|23)|2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/i
const queryCharacters = /^[\x21\x24-\x3b\x3d\x3f-\x7e]*$/

export interface Target {
  /** As sent, byte for byte: what is matched and what is forwarded. */
  path: string
  /** With its `?`; empty where there is none. */
  query: string
  /** Whether the path has `%2F`, which is for its route to allow (`checkEncodedSlash`). */
  hasEncodedSlash: boolean
}

const refuse = (detail: string) => refusal(400, 'malformed-target', `The request target ${detail}.`)

/** Overlong and broken sequences decode to one thing here and to another there (RFC 3629 10). */
function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** What is wrong with an encoded character of a path, and what to do about it. */
function escapeFault({ 0: text, groups = {} }: RegExpExecArray): string {
  const { control, percent, delimiter } = groups
  if (control) return `has ${text}, an encoded control character; leave it out`
  if (percent)
    return `has ${text}, an encoded percent sign, which a server may decode twice; send it in the query`
  if (delimiter)
    return `has ${text}, an encoded delimiter, which servers read in two ways; send it in the query`
  return `has ${text}, an encoded character that needs no encoding; send the character itself`
}

const encodedSlash = /%2F/gi

/** Throws for what no path may have; gives whether it has an encoded slash, which some routes allow. */
function checkPath(path: string): boolean {
  if (plainPath.test(path)) return false
  if (!path.startsWith('/')) throw refuse('is not a path')
  if (!pathCharacters.test(path)) throw refuse('has characters that a path may not have')
  if (path.includes('//')) throw refuse('has an empty segment')
  const escaped = ambiguousEscape.exec(path.replaceAll(encodedSlash, '_'))
  if (escaped) throw refuse(escapeFault(escaped))
  if (!isUtf8(path)) throw refuse('has encoded bytes that are no UTF-8')
  if (/\/\.{1,2}(?:\/|$)/.test(path)) throw refuse('has a dot segment')
  return path.search(encodedSlash) !== -1
}

const slashesIn = (text: string) => text.match(encodedSlash)?.length ?? 0

/**
 * Throws 400 for an encoded slash that no parameter of a route with `path_chars: encoded_slash` has in it, and for one
 * by which a server that decodes it first would find a dot segment.
 * @param values what the parameters of the route are in the path; null where no route takes it, or the route allows none
 */
export function checkEncodedSlash({ path }: Target, values: readonly string[] | null) {
  const allowed = values === null ? 0 : slashesIn(values.join(' '))
  if (allowed < slashesIn(path)) {
    const what = '%2F, an encoded delimiter, which servers read in two ways; send it in the query'
    throw refuse(`has ${what}`)
  }
  const isDotted = values?.some((value) => /(?:^|%2F)\.{1,2}(?:%2F|$)/i.test(value))
  if (isDotted) throw refuse('has a dot segment behind an encoded slash')
}

/**
 * Splits a request target, and lets only one spelling of each path through: what is routed is then what
 * the upstream sees (guarantees F13, F14). An encoded slash is left to `checkEncodedSlash`. Throws 400, or 414 for one of over 8192 bytes.
 */
export function readTarget(url: string): Target {
  if (url.length > maxTargetLength) {
    throw refusal(414, 'uri-too-long', 'The request target is longer than 8192 bytes.')
  }
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  const hasEncodedSlash = checkPath(path)
  if (mark === -1) return { path, query: '', hasEncodedSlash }
  const query = url.slice(mark)
  if (!queryCharacters.test(query)) throw refuse('has characters that a query may not have')
  return { path, query, hasEncodedSlash }
}
