/** What a field of an upstream's answer means to the gateway. */
export const AnswerField = {
  /** Passed on as it is. */
  kept: 0,
  /** Meant for the upstream's connection, or telling of the inside (PROMISES F1, A12). */
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
  length: 11
} as const

const dropped = [
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'upgrade',
  'request-id',
  'request-user-id',
  'request-user-type',
  'request-signature',
  'server',
  'x-powered-by',
  // Ours: on every answer, and by what the client came.
  'x-content-type-options',
  'strict-transport-security'
]

const kinds: Record<string, number> = {
  ...Object.fromEntries(dropped.map((name) => [name, AnswerField.dropped])),
  location: AnswerField.reference,
  'content-location': AnswerField.reference,
  link: AnswerField.reference,
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
