import { securityHeaders } from '@gatehouse/service-kit'
import type { Exchange } from '../../exchange.ts'
import { type HeaderLines, headerLines } from '../../http/header-lines.ts'
import { endIfDraining, ownLines } from '../../respond.ts'
import { publicReference } from './path-rewrite.ts'

/** What a field of an upstream's answer means to the gateway. */
export const AnswerField = {
  /** Passed on as it is. */
  kept: 0,
  /** Meant for the upstream's connection, or telling of the inside (guarantees F1, A12). */
  dropped: 1,
  /** Refers to another resource of the upstream, by a path that the client knows with a prefix. */
  reference: 2,
  /** Lists further fields that are not passed on. */
  connection: 3,
  /** How the body is framed between the upstream and us. */
  coding: 4,
  contentType: 5,
  contentPolicy: 6,
  referrerPolicy: 7,
  /** Whose scripts may read the answer: ours to say where the table does. */
  crossOrigin: 8,
  /** What the client has left: ours to say where the line has a rate. */
  rateLimit: 9,
  /** By these Node frames the answer, and they are passed on. */
  framing: 10,
  length: 11,
  /** Passed on with a 426 alone: by what the client may come back (RFC 9110 15.5.22). */
  upgrade: 12
} as const

const dropped = [
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'request-id',
  'request-user-id',
  'request-user-type',
  'request-signature',
  'server',
  'x-powered-by',
  'x-aspnet-version',
  'x-aspnetmvc-version',
  'x-served-by',
  'x-backend',
  'x-backend-server',
  'proxy-status',
  // Orders to a proxy of the upstream's own, and names of what only the inside can reach.
  'x-accel-redirect',
  'x-sendfile',
  'x-lighttpd-send-file',
  'x-reproxy-url',
  'alt-svc',
  'uri',
  'report-to',
  'nel',
  // Ours: on every answer, and by what the client came.
  'x-content-type-options',
  'strict-transport-security'
]

/** Headers with URLs in them, which are made ones that the client can use (`publicReference`). */
const references = [
  'location',
  'content-location',
  'link',
  'refresh',
  'sourcemap',
  'x-sourcemap',
  'service-worker-allowed',
  'reporting-endpoints',
  'content-security-policy-report-only',
  'set-cookie'
]

const kinds: Record<string, number> = {
  ...Object.fromEntries(dropped.map((name) => [name, AnswerField.dropped])),
  ...Object.fromEntries(references.map((name) => [name, AnswerField.reference])),
  upgrade: AnswerField.upgrade,
  connection: AnswerField.connection,
  'transfer-encoding': AnswerField.coding,
  'content-type': AnswerField.contentType,
  'content-security-policy': AnswerField.contentPolicy,
  'referrer-policy': AnswerField.referrerPolicy,
  date: AnswerField.framing,
  'content-length': AnswerField.length
}
const byName = new Map(Object.entries(kinds))
const spellings = new Map<string, number>()
const rememberedSpellings = 2000
/** Longer names are in no common use, and would fill the memory. */
const rememberedLength = 64

function kindOf(name: string): number {
  const kind = byName.get(name)
  if (kind !== undefined) return kind
  if (name.startsWith('access-control-')) return AnswerField.crossOrigin
  return /^ratelimit(?:-|$)/.test(name) ? AnswerField.rateLimit : AnswerField.kept
}

/** The meaning of a field name in whatever case; names in use are few, so each is worked out once. */
export function answerFieldOf(spelling: string): number {
  const known = spellings.get(spelling)
  if (known !== undefined) return known
  const kind = kindOf(spelling.toLowerCase())
  if (spelling.length <= rememberedLength && spellings.size < rememberedSpellings)
    spellings.set(spelling, kind)
  return kind
}

/** Media types that a browser never shows as a page of its own. */
const data = /^application\/(?:[a-z0-9.+-]+\+)?json\b/i
const { 'content-security-policy': policy, 'referrer-policy': referrer } = securityHeaders
const contentPolicy = headerLines(['content-security-policy', policy])
const referrerPolicy = headerLines(['referrer-policy', referrer])
/** A name or a value: bytes of undici's, or text of our own pool's. */
type Part = Buffer | string
/** What `toString('latin1')` calls in the end; Node's types leave it out. */
type Latin1Buffer = Buffer & { latin1Slice: () => string }

/** What an upstream may not have in a field (RFC 9110 5.5); our own pool has looked, undici has not. */
const forbidden = /[^\t\x20-\x7e\x80-\xff]/

const upgradeRequired = 426

/** The header section of an answer, in two parts. */
export interface AnswerHead {
  /** What goes out as it stands. */
  lines: HeaderLines
  /** The fields by which Node frames the answer, as `writeHead` takes them: name, value, name, value. */
  framing: string[]
  /** Bytes of the body as the upstream announced them, -1 where it did not. */
  length: number
}

/** The fields without `connection` and what it lists. */
function withoutListed(raw: readonly Part[], listed: string): Part[] {
  const names = new Set(`connection,${listed}`.split(',').map((name) => name.trim().toLowerCase()))
  // Framing is not the upstream's to take away: a whole answer would be one without an end.
  names.delete('content-length')
  names.delete('transfer-encoding')
  // Whether it is passed on is for its status to say.
  names.delete('upgrade')
  return raw.filter(
    (_, index) => !names.has(textOf(raw[index - (index % 2)] as Part).toLowerCase())
  )
}

/** What was found in the header section of an answer. */
interface Found extends AnswerHead {
  /** What `connection` lists. */
  listed: string
  /** What `upgrade` offers. */
  upgrade: string
  coding: string
  isData: boolean
  saysPolicy: boolean
  saysReferrer: boolean
}

function take(found: Found, exchange: Exchange, name: string, part: Part) {
  const kind = answerFieldOf(name)
  if (kind === AnswerField.dropped || isOurs(exchange, kind)) return
  const value = textOf(part)
  if (kind === AnswerField.framing) found.framing.push(name, value)
  else if (kind === AnswerField.length) found.length = Number(value)
  else if (kind === AnswerField.connection) found.listed = `${found.listed},${value}`
  else if (kind === AnswerField.upgrade)
    found.upgrade = found.upgrade === '' ? value : `${found.upgrade}, ${value}`
  else if (kind === AnswerField.coding) found.coding = checkCoding(value, found.coding)
  else if (kind === AnswerField.reference)
    found.lines += `${name}: ${publicReference(exchange, name, value)}\r\n`
  else if (kind === AnswerField.contentPolicy) {
    found.saysPolicy = true
    found.lines += `${name}: ${publicReference(exchange, name, value)}\r\n`
  } else {
    found.lines += `${name}: ${value}\r\n`
    if (kind === AnswerField.contentType) found.isData = data.test(value)
    else if (kind === AnswerField.referrerPolicy) found.saysReferrer = true
  }
}

/**
 * The header section for the client: the upstream's fields in their order and number, less hop-by-hop and internal
 * ones, and the gateway's own.
 * @param raw what undici gives: name, value, name, value, as bytes or text
 * @param status with 204 there is no length (RFC 9110 8.6)
 */
export function responseHeaders(
  exchange: Exchange,
  raw: readonly Part[],
  status = 200
): AnswerHead {
  const found: Found = {
    lines: '',
    framing: [],
    length: -1,
    listed: '',
    upgrade: '',
    coding: '',
    isData: false,
    saysPolicy: false,
    saysReferrer: false
  }
  for (let index = 0; index < raw.length; index += 2)
    take(found, exchange, textOf(raw[index] as Part), raw[index + 1] as Part)
  const { framing, length, listed } = found
  const plain = listed === '' || listed === ',keep-alive' || listed === ',close'
  if (!plain) return responseHeaders(exchange, withoutListed(raw, listed), status)
  if (found.isData && !found.saysPolicy) found.lines += contentPolicy
  if (!found.saysReferrer) found.lines += referrerPolicy
  if (status === upgradeRequired && found.upgrade !== '')
    found.lines += `connection: upgrade\r\nupgrade: ${found.upgrade}\r\n`
  if (length >= 0 && status !== 204) framing.push('content-length', `${length}`)
  endIfDraining(exchange, framing)
  found.lines += ownLines(exchange)
  return found
}

/** Two of one field would be two stories, and an upstream's might let in whom the table keeps out. */
function isOurs({ cors, allowance }: Exchange, kind: number): boolean {
  if (kind === AnswerField.crossOrigin) return cors.length > 0
  return kind === AnswerField.rateLimit && allowance !== null
}

/** Throws where the body is coded in a way that nobody here takes apart, or said twice to be (guarantee F6). */
function checkCoding(value: string, before: string): string {
  if (before !== '' || value.toLowerCase() !== 'chunked')
    throw new Error(`the response is coded as ${before} ${value}`)
  return value
}

/** Bytes of a header are one character each, so that what is not ASCII passes unchanged. Throws for what no field may have. */
function textOf(part: Part): string {
  if (typeof part === 'string') return part
  const text = (part as Latin1Buffer).latin1Slice()
  if (forbidden.test(text))
    throw new Error('the response has a header with characters that none may have')
  return text
}
