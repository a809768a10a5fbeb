/** How the gateway treats a request header. */
export const HeaderKind = {
  /** Forwarded as it is. */
  plain: 0,
  /** For this connection only (RFC 9110 7.6.1), or set by the gateway: never forwarded. */
  dropped: 1,
  /** Lists further headers that are not forwarded. */
  connection: 2,
  /** The client's token: for the gateway. */
  authorization: 3,
  host: 4,
  requestId: 5,
  traceparent: 6,
  tracestate: 7,
  cookie: 8,
  via: 9,
  maxForwards: 10,
  /** The length of the body. */
  length: 11
} as const

/** A map, since a header may be called `constructor`. */
const kinds = new Map<string, number>([
  ['connection', HeaderKind.connection],
  ['authorization', HeaderKind.authorization],
  ['host', HeaderKind.host],
  ['request-id', HeaderKind.requestId],
  ['traceparent', HeaderKind.traceparent],
  ['tracestate', HeaderKind.tracestate],
  ['cookie', HeaderKind.cookie],
  ['via', HeaderKind.via],
  ['max-forwards', HeaderKind.maxForwards],
  ['content-length', HeaderKind.length]
])

const hopByHop = [
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings'
]

/** Headers that a request may have once only (guarantees F4, F16, B17). */
const single = new Set([
  'host',
  'authorization',
  'content-length',
  'content-type',
  'transfer-encoding',
  'expect'
])

/** The gateway's own headers, in any form that some server reads as one: `request_user_id` (guarantee A3). */
const gatewayHeaders =
  /^(?:x-)?(?:request-(?:user-id|user-type|signature)|forwarded(?:-[a-z]+)*|real-ip)$/

/**
 * Headers that override a request's path, method (CVE-2018-14773), host, scheme or client in some frameworks. The gateway
 * authorises by the request line, and sends the client's address in `x-forwarded-for`, so it forwards none of these.
 */
const overrides =
  /^(?:x-(?:original-[a-z-]+|(?:rewrite|override)-ur[il]|http-method(?:-override)?|method-override|host|http-host-override|url-scheme|script-name)|front-end-https|(?:(?:x-)?(?:cluster-)?client|true-client|cf-connecting|fastly-client)-ip)$/

interface HeaderName {
  /** In lower case. */
  name: string
  kind: number
  single: boolean
}

function classify(written: string): HeaderName {
  const name = written.toLowerCase()
  const kind = kinds.get(name)
  if (kind !== undefined) return { name, kind, single: single.has(name) }
  const folded = name.replaceAll(/[^a-z0-9]/g, '-')
  const lookalike = folded !== name && (kinds.has(folded) || single.has(folded))
  const isOverride = gatewayHeaders.test(folded) || overrides.test(folded)
  const dropped = lookalike || isOverride || hopByHop.includes(folded)
  return { name, kind: dropped ? HeaderKind.dropped : HeaderKind.plain, single: single.has(name) }
}

const cache = new Map<string, HeaderName>()
const maxCached = 2000
/** Only a client that means to fill the memory sends longer names. */
const maxCachedLength = 64

/** The treatment of a header name in any case. Few names are in use, so results are cached. */
export function headerName(written: string): HeaderName {
  const known = cache.get(written)
  if (known) return known
  const found = classify(written)
  if (written.length <= maxCachedLength && cache.size < maxCached) cache.set(written, found)
  return found
}
