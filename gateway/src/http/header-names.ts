/** What a request header field means to the gateway. */
export const Field = {
  /** Forwarded as it is. */
  plain: 0,
  /** Meant for this connection only (RFC 9110 7.6.1), or ours to set: never forwarded. */
  dropped: 1,
  /** Lists further fields that are not forwarded. */
  connection: 2,
  /** Proof of who the client is: for the gateway. */
  authorization: 3,
  host: 4,
  requestId: 5,
  traceparent: 6,
  tracestate: 7,
  cookie: 8,
  via: 9,
  maxForwards: 10,
  /** Says where the body ends. */
  length: 11
} as const

/** A map and no object: a field may be called `constructor`. */
const meanings = new Map<string, number>([
  ['connection', Field.connection],
  ['authorization', Field.authorization],
  ['host', Field.host],
  ['request-id', Field.requestId],
  ['traceparent', Field.traceparent],
  ['tracestate', Field.tracestate],
  ['cookie', Field.cookie],
  ['via', Field.via],
  ['max-forwards', Field.maxForwards],
  ['content-length', Field.length]
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

/** Fields of which two would be two stories; a second one is refused (guarantees F4, F16, B17). */
const single = new Set([
  'host',
  'authorization',
  'content-length',
  'content-type',
  'transfer-encoding',
  'expect'
])

/** Ours, in any spelling that some server reads as ours: `request_user_id`, `X-Request-User-Id` (guarantee A3). */
const ours = /^(?:x-)?(?:request-(?:user-id|user-type|signature)|forwarded(?:-[a-z]+)*|real-ip)$/

/**
 * By which some frameworks take a request for one of another path or method (CVE-2018-14773), host or scheme, and some
 * libraries a client for another one. The table authorises by what the request line says, and the client's address
 * is in `x-forwarded-for`, so none of these is forwarded.
 */
const overrides =
  /^(?:x-(?:original-[a-z-]+|(?:rewrite|override)-ur[il]|http-method(?:-override)?|method-override|host|http-host-override|url-scheme|script-name)|front-end-https|(?:(?:x-)?(?:cluster-)?client|true-client|cf-connecting|fastly-client)-ip)$/

interface Meaning {
  /** In lower case. */
  name: string
  kind: number
  single: boolean
}

function meaningOf(spelling: string): Meaning {
  const name = spelling.toLowerCase()
  const kind = meanings.get(name)
  if (kind !== undefined) return { name, kind, single: single.has(name) }
  const folded = name.replaceAll(/[^a-z0-9]/g, '-')
  const lookalike = folded !== name && (meanings.has(folded) || single.has(folded))
  const isOverride = ours.test(folded) || overrides.test(folded)
  const dropped = lookalike || isOverride || hopByHop.includes(folded)
  return { name, kind: dropped ? Field.dropped : Field.plain, single: single.has(name) }
}

const spellings = new Map<string, Meaning>()
const rememberedSpellings = 2000
/** Longer names are nobody's but a client's that means to fill the memory. */
const rememberedLength = 64

/** The meaning of a field name in whatever case; names in use are few, so each is worked out once. */
export function fieldOf(spelling: string): Meaning {
  const known = spellings.get(spelling)
  if (known) return known
  const meaning = meaningOf(spelling)
  if (spelling.length <= rememberedLength && spellings.size < rememberedSpellings)
    spellings.set(spelling, meaning)
  return meaning
}
