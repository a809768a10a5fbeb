import { randomBytes } from 'node:crypto'
import { ProblemError } from '@gatehouse/service-kit'
import type { Exchange } from '../../exchange.ts'
import { type HeaderLines, headerLines } from '../../http/header-lines.ts'
import { HeaderKind, headerName } from '../../http/header-names.ts'
import type { IdentityHeaders } from '../../upstream/identity-headers.ts'

/**
 * W3C Trace Context 3.2: version, trace id and parent id of which neither is all zeros, flags. A later version may have
 * more behind another dash (4.3).
 */
const shape =
  /^(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16})-[0-9a-f]([0-9a-f])((?:-[^,]*)?)$/
const tracesAtOnce = 256
/** Hexadecimal digits of a trace id and a parent id. */
const traceDigits = 32
const digits = traceDigits + 16
let pool = ''
let used = 0

/**
 * A client's `traceparent` in the form of version 00, or null where it is invalid. Of a later version the trace, the
 * parent and the flag `sampled` are kept: the rest means nothing here (W3C Trace Context 4.3).
 * @param value every `traceparent` of the request, joined with commas: two are as good as none
 */
export function traceparentOf(value: string): string | null {
  const [, version, ids, flags = '0', more] = shape.exec(value) ?? []
  if (version === undefined) return null
  if (version === '00') return more === '' ? value : null
  return `00-${ids}-0${Number.parseInt(flags, 16) & 1}`
}

/** A `traceparent` that starts a trace, from random bytes drawn 256 traces at a time. */
export function startTrace(): string {
  if (used === pool.length) {
    pool = randomBytes((digits / 2) * tracesAtOnce).toString('hex')
    used = 0
  }
  const parent = used + traceDigits
  const trace = pool.slice(used, parent)
  used += digits
  return `00-${trace}-${pool.slice(parent, used)}-01`
}

/** RFC 9110 7.6.3: who passes the request on; a name of this process alone, by which it knows a request of its own. */
const ownName = `gatehouse-${randomBytes(6).toString('hex')}`
/** By the minor version in which the request came. */
const ownVia = [`1.0 ${ownName}`, `1.1 ${ownName}`]

/** What of a client's header section is not passed on as it stands. */
interface Gathered {
  /** The fields that are: name, value, name, value. */
  headers: string[]
  /** Names that `connection` lists; null for the two that everybody sends. */
  listed: Set<string> | null
  cookie: string
  via: string
  traceparent: string
  tracestate: string
}

const join = (before: string, value: string, separator: string) =>
  before === '' ? value : `${before}${separator}${value}`

function listedIn(value: string, before: Set<string> | null): Set<string> | null {
  if (value === 'keep-alive' || value === 'close') return before
  const names = value.split(',').map((name) => name.trim().toLowerCase())
  return new Set([...(before ?? []), ...names])
}

function gather({ request, claims }: Exchange): Gathered {
  const { rawHeaders, method } = request
  const found: Gathered = {
    headers: [],
    listed: null,
    cookie: '',
    via: '',
    traceparent: '',
    tracestate: ''
  }
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    const value = rawHeaders[index + 1] as string
    const { kind } = headerName(name)
    if (kind === HeaderKind.plain) found.headers.push(name, value)
    else if (kind === HeaderKind.connection) found.listed = listedIn(value, found.listed)
    else if (kind === HeaderKind.traceparent)
      found.traceparent = join(found.traceparent, value, ',')
    else if (kind === HeaderKind.tracestate) found.tracestate = join(found.tracestate, value, ',')
    else if (kind === HeaderKind.cookie) found.cookie = join(found.cookie, value, '; ')
    else if (kind === HeaderKind.via) found.via = join(found.via, value, ', ')
    // The token was for the gateway; a service believes the signature alone.
    else if (kind === HeaderKind.authorization && claims === null) found.headers.push(name, value)
    // Leading zeros are the client's: some server takes them for an octal number.
    else if (kind === HeaderKind.length) found.headers.push(name, `${Number(value)}`)
    else if (kind === HeaderKind.maxForwards) found.headers.push(name, oneHopLess(method, value))
  }
  return found
}

/** RFC 9110 7.6.2: counted down for OPTIONS; of no meaning, and left alone, elsewhere. */
function oneHopLess(method: string | undefined, value: string): string {
  return method === 'OPTIONS' && /^[1-9][0-9]{0,5}$/.test(value) ? `${Number(value) - 1}` : value
}

/**
 * The header section for the upstream. The client's fields in their order, without hop-by-hop fields, look-alikes of
 * ours and what `connection` lists; and only then, where nothing can take them away any more, ours (guarantee A4).
 * Throws 508 for a request of our own.
 * @param identity what gives the lines that say who asks
 */
export function requestHeaders(exchange: Exchange, identity: IdentityHeaders): HeaderLines {
  const { claims, id, forwarded, request } = exchange
  const found = gather(exchange)
  if (found.via.includes(ownName)) {
    throw new ProblemError(
      508,
      'loop-detected',
      'Proxy loop detected: this gateway already forwarded the request.'
    )
  }
  if (found.cookie !== '') found.headers.push('cookie', found.cookie)
  if (found.listed) dropListed(found, found.listed)
  const { via, traceparent, tracestate } = found
  const kept = headerLines(found.headers)
  const traced = traceparent === '' ? null : traceparentOf(traceparent)
  const state = traced && tracestate !== '' ? `tracestate: ${tracestate}\r\n` : ''
  const trace = `traceparent: ${traced ?? startTrace()}\r\n${state}`
  const passed = `via: ${join(via, ownVia[request.httpVersionMinor] ?? '', ', ')}\r\n`
  const own = `request-id: ${id}\r\n${trace}${passed}${forwarded.lines}${prefixLine(exchange)}`
  return `${kept}${own}${identity(claims)}`
}

/** What stands before the service's own paths for the client, so that the service can build links. */
function prefixLine({ match }: Exchange): HeaderLines {
  if (match === null) return ''
  const { stripped, put, route } = match.route
  const prefix = put === '' ? stripped : route.service.strip
  return prefix === '' ? '' : `x-forwarded-prefix: ${prefix}\r\n`
}

/** What `connection` lists was meant for the gateway alone (RFC 9110 7.6.1), a trace and `via` included. */
function dropListed(found: Gathered, listed: Set<string>) {
  for (const name of ['via', 'traceparent', 'tracestate'] as const)
    if (listed.has(name)) found[name] = ''
  const { headers } = found
  const kept: string[] = []
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string
    // Framing is not the client's to take away: the body would be read as the next request.
    const lower = name.toLowerCase()
    if (!listed.has(lower) || lower === 'content-length')
      kept.push(name, headers[index + 1] as string)
  }
  found.headers = kept
}
