import fc from 'fast-check'
import { bearer } from './token.ts'

/** Whatever a client claims to be, it claims with this word; no upstream ever sees it. */
export const lie = 'LIE'
export const identityNames = ['request-user-id', 'request-user-type', 'request-signature']
/** A body with a whole request in it, for those who lose count. */
export const body =
  'hello GET /api/a/smuggled HTTP/1.1\r\nhost: gateway\r\nx-end: 1\r\n\r\nGET /api/a/smuggled HTTP/1.1\r\n\r\n'
const chunked = `5\r\nhello\r\n${(body.length - 5).toString(16)};x=y\r\n${body.slice(5)}\r\n0\r\n`

const words = (text: string) => fc.constantFrom(...text.split(' '))
const lines = (text: string) => fc.constantFrom(...text.split('\n'))
/** Mostly the first, and once in a while the second. */
const mostly = <T>(weight: number, usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>) =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: rare })

const segment = mostly(
  8,
  words("a b x orders 1 A.b-c_d~e !$&'()*+,=:@ %C3%A9 %20 ... ~"),
  fc.oneof(
    words('. .. ; ..; a;b=c %2e %2E%2e .%2e %252e %2f %5C \\ %00 % %zz %61 %c0%af %ff %0d%0a # ?'),
    words('< { | ^ ` " \u00e9 \t \0 \x7f @evil :80 * %3b %3f %23 %25 %7e %uff0e'),
    fc.string({ maxLength: 3, unit: 'binary-ascii' })
  )
)
const base = mostly(
  12,
  words('/api/a /api/b /api'),
  words(
    '/ // /API/a /Api /%61pi/a //api/a /api//a /./api/a /x/../api/a /api/a/.. http://gateway/api/a ' +
      'http://evil/api/a HTTP://evil file:///api/a //evil/api/a \\api\\a * @evil'
  )
)
const query = mostly(
  6,
  words("? ?a=1 ?a=b&a=c ?a=%00 ?/../.. ?a?b ?%2e%2e/ ?x='()*"),
  fc.oneof(
    lines('?a b\n?#\n#x\n?a=<x>\n?\u00e9\n?"\n?a\\b\n?|'),
    fc.string({ maxLength: 5, unit: 'binary-ascii' }).map((text) => `?${text}`)
  )
)
const target = fc
  .tuple(base, fc.array(segment, { maxLength: 3 }), fc.option(query, { nil: '' }))
  .map(([start, segments, end]) => [start, ...segments].join('/') + end)

const method = mostly(
  10,
  words('GET POST PUT PATCH DELETE OPTIONS'),
  words('TRACE CONNECT get FOO PRI M-SEARCH QUERY G\0T \r\nGET')
)
const version = mostly(
  20,
  fc.constant(' HTTP/1.1'),
  lines('\n HTTP/1.0\n HTTP/1.2\n HTTP/2.0\n http/1.1\n  HTTP/1.1\n HTTP/1.1 \n x HTTP/1.1')
)

/** A name with an x- before it, in other cases, its dashes as what some servers take for dashes. */
const disguised = (name: string) =>
  fc
    .tuple(words('x- X_ - -'), words('- - _ . ~'), fc.array(fc.boolean(), { minLength: 9 }))
    .map(([prefix, dash, upper]) => {
      const spelled = `${prefix.slice(0, -1) && prefix}${name.replaceAll('-', dash)}`
      const letters = [...spelled].map((letter, i) =>
        upper[i % upper.length] ? letter.toUpperCase() : letter
      )
      return `${letters.join('')}: ${lie}`
    })
const lookalike = fc.constantFrom(...identityNames).chain(disguised)
const connection = fc
  .subarray([...identityNames, 'request-id', 'host', 'content-length', 'x-kept', 'close', 'te'])
  .map((names) => `Connection: ${names.join(' , ')}`)
const harmless =
  lines(`X-Kept: 1\nx-kept:2\nx-kept:\t3 \ncookie: a=1\nAccept: */*\naccept: text/html
x-empty:\nx-high: \u00e9\nrequest-id: mine\nrequest-id: a b\nREQUEST-ID: x\u00e9\ntraceparent: what
te: trailers\nvia: 1.1 x\nproxy-connection: close\nx-http-method-override: DELETE
x-forwarded-for: ${lie}\nForwarded: for=${lie}\nx-real-ip: ${lie}\nX_Forwarded_Host: ${lie}`)
const broken = lines(`no colon\nx-a : 1\n x-folded: 1\n: nameless\nx-nul: a\0b\nx-cr: a\rb\nx(y): 1
host: other\nHOST: gateway\nupgrade: h2c\nexpect: x\nExpect: 100-continue\nx\u00e9: 1\nx-tab\t: 1
authorization: Basic eA==\nconnection: "\ncontent-type: a/b, c/d`)
const field = fc.oneof(
  { weight: 8, arbitrary: lookalike },
  { weight: 8, arbitrary: harmless },
  { weight: 4, arbitrary: connection },
  { weight: 1, arbitrary: broken }
)

const token = bearer()
const who = mostly(
  10,
  fc.constant([token]),
  fc.constantFrom([], [token, token], [token.replace(': ', ':')], [`${token}x`])
)

type Framed = [fields: string[], after: string]
const clear = fc.constantFrom<Framed[]>(
  [[], ''],
  [[], ''],
  [[`content-length: ${body.length}`], body],
  [['Transfer-Encoding: chunked'], `${chunked}\r\n`],
  [['transfer-encoding: CHUNKED'], `${chunked}request-user-id: ${lie}\r\n\r\n`]
)
/** Two stories about the length: each pair of these is refused. */
const unclear = fc.tuple(
  fc
    .uniqueArray(
      lines(`content-length: 5\ncontent-length: 0\nContent-Length: 5, 5\ncontent-length: +5
content-length: 05\ncontent-length : 5\ntransfer-encoding: chunked\ntransfer-encoding:\tchunked
Transfer-Encoding: gzip, chunked\ntransfer-encoding: identity\ntransfer-encoding: xchunked
transfer-encoding : chunked\ntransfer-encoding: "chunked"\ntransfer-encoding: , chunked`),
      { minLength: 2, maxLength: 3 }
    )
    .map((fields): string[] => fields),
  fc.constantFrom(body, `${chunked}\r\n${body.slice(6)}`, `0\r\n\r\n${body.slice(6)}`)
)

/** Requests as a client might write them that wants to be taken for another, or to get somewhere else. */
export const hostileRequest = fc
  .record({
    method,
    target,
    version,
    who,
    framed: mostly<Framed>(6, clear, unclear),
    fields: fc.array(field, { maxLength: 6 })
  })
  .chain(({ method, target, version, who, framed: [framing, after], fields }) => {
    const all = ['host: gateway', ...who, ...framing, ...fields]
    return fc.shuffledSubarray(all, { minLength: all.length }).map((shuffled) => {
      const head = [`${method} ${target}${version}`, ...shuffled, '', ''].join('\r\n')
      return { method, target, bytes: head + after }
    })
  })
