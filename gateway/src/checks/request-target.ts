import type { IncomingMessage } from 'node:http'
import { refusal } from './request-message.ts'

/** A target in absolute form (RFC 9112 3.2.2). */
const absolute = /^http(s?):\/\/([^/?#]+)(.*)$/i

/** Requests whose target had the scheme `https` before `takeOriginForm` rewrote it. */
const secure = new WeakSet<IncomingMessage>()

/**
 * Rewrites a target in absolute form to origin form where it names the host of the Host header (RFC 9112 3.2.2). A
 * target that names another host stays as it is; `readTarget` rejects it (guarantee F15).
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
 * Throws 421 for a target of scheme `https` on a plain connection: the client believes it secured (RFC 9110 7.4).
 * @param scheme the client's scheme, as the connection or a trusted proxy reports it
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
 * The form of most paths: segments of unreserved characters that do not begin with a dot. Each segment but the first
 * needs a slash before it, so that the expression takes linear time.
 */
const plainPath =
  /^\/(?:[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9._~!$&'()*+,=:@-]*(?:\/[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9._~!$&'()*+,=:@-]*)*\/?)?$/
/** RFC 3986 3.3 without `;`, which servers disagree about. */
const pathCharacters = /^(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})*$/
/** Encoded controls, percent signs, delimiters, and characters that need no encoding (a second form of the same path). */
const ambiguousEscape =
  /%(?:(?<control>[01][0-9A-F]|7F)|(?<percent>25)|(?<delimiter>2F|5C|3B|3F|23)|2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/i
const queryCharacters = /^[\x21\x24-\x3b\x3d\x3f-\x7e]*$/

export interface Target {
  /** As sent, byte for byte: what is matched and what is forwarded. */
  path: string
  /** With its `?`; empty where there is none. */
  query: string
  /** Whether the path has `%2F`, which a route may allow (`checkEncodedSlash`). */
  hasEncodedSlash: boolean
}

const refuse = (detail: string) => refusal(400, 'malformed-target', `The request target ${detail}.`)

/** Servers decode overlong and broken sequences differently (RFC 3629 10). */
function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** Describes the error of an encoded character, and what to send instead. */
function escapeError({ 0: text, groups = {} }: RegExpExecArray): string {
  const { control, percent, delimiter } = groups
  if (control) return `has ${text}, an encoded control character; remove it`
  if (percent)
    return `has ${text}, an encoded percent sign, which a server may decode twice; send it in the query`
  if (delimiter)
    return `has ${text}, an encoded delimiter, which servers read in two ways; send it in the query`
  return `has ${text}, an encoded character that needs no encoding; send the character itself`
}

const encodedSlash = /%2F/gi

/** Throws 400 for a path that no route may have; returns whether it has an encoded slash, which some routes allow. */
function checkPath(path: string): boolean {
  if (plainPath.test(path)) return false
  if (!path.startsWith('/')) throw refuse('is not a path; send one that begins with a slash')
  if (!pathCharacters.test(path))
    throw refuse('has characters that a path may not have; percent-encode them')
  if (path.includes('//')) throw refuse('has an empty segment; remove the second slash')
  const escaped = ambiguousEscape.exec(path.replaceAll(encodedSlash, '_'))
  if (escaped) throw refuse(escapeError(escaped))
  if (!isUtf8(path)) throw refuse('has encoded bytes that are not UTF-8; encode text as UTF-8')
  if (/\/\.{1,2}(?:\/|$)/.test(path)) throw refuse('has a dot segment; send the resolved path')
  return path.search(encodedSlash) !== -1
}

const slashesIn = (text: string) => text.match(encodedSlash)?.length ?? 0

/**
 * Throws 400 for an encoded slash outside the parameters of a route with `path_chars: encoded_slash`, and for one that
 * becomes part of a dot segment once a server decodes it.
 * @param values the route's parameter values; null where no route matches or the route allows no encoded slash
 */
export function checkEncodedSlash({ path }: Target, values: readonly string[] | null) {
  const allowed = values === null ? 0 : slashesIn(values.join(' '))
  if (allowed < slashesIn(path)) {
    const what = '%2F, an encoded delimiter, which servers read in two ways; send it in the query'
    throw refuse(`has ${what}`)
  }
  const isDotted = values?.some((value) => /(?:^|%2F)\.{1,2}(?:%2F|$)/i.test(value))
  if (isDotted) throw refuse('has a dot segment after an encoded slash; remove it')
}

/**
 * Splits a request target, and accepts only one form of each path, so that the gateway routes the path that the
 * upstream sees (guarantees F13, F14). `checkEncodedSlash` decides about encoded slashes. Throws 400, or 414 above 8192 bytes.
 */
export function readTarget(url: string): Target {
  if (url.length > maxTargetLength) {
    const detail = 'The request target is longer than 8192 bytes. Shorten the path or the query.'
    throw refusal(414, 'uri-too-long', detail)
  }
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  const hasEncodedSlash = checkPath(path)
  if (mark === -1) return { path, query: '', hasEncodedSlash }
  const query = url.slice(mark)
  if (!queryCharacters.test(query))
    throw refuse('has characters that a query may not have; percent-encode them')
  return { path, query, hasEncodedSlash }
}
