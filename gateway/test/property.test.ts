import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { startGateway } from './harness/gateway.ts'
import { connectRaw } from './harness/raw-client.ts'
import { isSigned } from './harness/signature.ts'
import { ada, bearer } from './harness/token.ts'
import { type Seen, startUpstream } from './harness/upstream.ts'

/** `PROPERTY_SECONDS=60 PROPERTY_SEED=1 node --test gateway/test/property.test.ts` looks longer, or again. */
const seconds = Number(process.env.PROPERTY_SECONDS ?? 7)
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31)

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}", strip: /api } }
routes:
  ANY /api/a/**: { to: echo, allow: user, body: 1kb }
  ANY /api/b/**: { to: echo, allow: admin, body: 1kb }
  ANY /api/:one: { to: echo, allow: user, body: 1kb }
`
)
const token = bearer()

/** Whatever a client says it is, it says with this word; no upstream ever sees it. */
const lie = 'LIE'
const smuggled = 'GET /api/a/smuggled HTTP/1.1\r\nhost: gateway\r\n\r\n'

const plain = fc.constantFrom(
  'a',
  'b',
  'x',
  'orders',
  '1',
  'A.b-c_d~e',
  "!$&'()*+,=:@",
  '%C3%A9',
  '%20'
)
const odd = fc.oneof(
  fc.constantFrom(
    '.',
    '..',
    '...',
    '',
    ';',
    '..;',
    'a;b=c',
    '%2e',
    '%2E%2e',
    '.%2e',
    '%252e',
    '%2f',
    '%5C',
    '\\'
  ),
  fc.constantFrom(
    '%00',
    '%',
    '%zz',
    '%61',
    '%41',
    '%c0%af',
    '%ff',
    '%0d%0a',
    '#',
    '?',
    '<',
    '{',
    '|',
    '^',
    '`',
    '"',
    '\u00e9'
  ),
  fc.constantFrom(
    ' ',
    '\t',
    '\0',
    '\x7f',
    '\r',
    '@evil',
    ':80',
    '*',
    '~',
    '%3b',
    '%3f',
    '%23',
    '%25',
    '%7e',
    '%uff0e'
  ),
  fc.string({ maxLength: 3, unit: 'binary-ascii' })
)
const segment = fc.oneof({ weight: 6, arbitrary: plain }, { weight: 1, arbitrary: odd })
const base = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('/api/a', '/api/b', '/api') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        '',
        '/',
        '//',
        '/API/a',
        '/Api',
        '/%61pi/a',
        '//api/a',
        '/api//a',
        '/./api/a',
        '/x/../api/a',
        '/api/a/..'
      ],
      ...[
        'http://gateway/api/a',
        'http://evil/api/a',
        'HTTP://evil',
        'file:///api/a',
        '//evil/api/a',
        '\\api\\a',
        '*',
        '@evil'
      ]
    )
  }
)
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '?',
      '?a=1',
      '?a=b&a=c',
      '?a=%00',
      '?/../..',
      '?a?b',
      '?%2e%2e/',
      "?x='()*"
    )
  },
  {
    weight: 1,
    arbitrary: fc.string({ maxLength: 5, unit: 'binary-ascii' }).map((text) => `?${text}`)
  },
  { weight: 1, arbitrary: fc.constantFrom('?a b', '?#', '#x', '?a=<x>', '?\u00e9', '?"', '?a\\b') }
)
const target = fc
  .tuple(base, fc.array(segment, { maxLength: 3 }), query)
  .map(([start, segments, end]) => `${[start, ...segments].join('/')}${end}`)

const method = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'TRACE',
      'CONNECT',
      'get',
      'FOO',
      'PRI',
      'M-SEARCH',
      'GE T',
      'QUERY',
      'G\0T'
    )
  }
)
const version = fc.oneof(
  { weight: 20, arbitrary: fc.constant(' HTTP/1.1') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      ' HTTP/1.0',
      ' HTTP/1.2',
      ' HTTP/2.0',
      ' http/1.1',
      '  HTTP/1.1',
      ' HTTP/1.1 ',
      ' x HTTP/1.1'
    )
  }
)

/** The letters of a name in another case, and its dashes as what some servers take for dashes. */
const disguised = (name: string) =>
  fc
    .tuple(
      fc.constantFrom('', '', 'x-', 'X_'),
      fc.constantFrom('-', '-', '_', '.', '~'),
      fc.infiniteStream(fc.boolean())
    )
    .map(([prefix, dash, upper]) =>
      [...`${prefix}${name.replaceAll('-', dash)}`]
        .map((letter) => (upper.next().value ? letter.toUpperCase() : letter))
        .join('')
    )
const identityNames = ['request-user-id', 'request-user-type', 'request-signature']
const lookalike = fc
  .constantFrom(...identityNames)
  .chain(disguised)
  .map((name) => `${name}: ${lie}`)
const connection = fc
  .subarray([
    ...identityNames,
    'request-id',
    'host',
    'content-length',
    'authorization',
    'x-kept',
    'close',
    'keep-alive',
    'x-forwarded-for',
    'te'
  ])
  .map((names) => `Connection: ${names.join(' , ')}`)
const harmless = fc.constantFrom(
  ...[
    'X-Kept: 1',
    'x-kept:2',
    'x-kept:\t3 ',
    'cookie: a=1',
    'Accept: */*',
    'accept: text/html',
    'x-empty:',
    'x-high: \u00e9'
  ],
  ...[
    'request-id: mine',
    'request-id: a b',
    'REQUEST-ID: x\u00e9',
    'traceparent: what',
    'te: trailers',
    'via: 1.1 x',
    'proxy-connection: close'
  ],
  ...[
    `x-forwarded-for: ${lie}`,
    `Forwarded: for=${lie}`,
    `x-real-ip: ${lie}`,
    `x-forwarded-host: ${lie}`,
    'x-http-method-override: DELETE'
  ]
)
const broken = fc.constantFrom(
  ...[
    'no colon',
    'x-a : 1',
    ' x-folded: 1',
    ': nameless',
    'x-nul: a\0b',
    'x-cr: a\rb',
    'x(y): 1',
    'x-lf: a\nb: c',
    'host: other',
    'HOST: gateway'
  ],
  ...[
    'upgrade: h2c',
    'expect: x',
    'Expect: 100-continue',
    'authorization: Basic eA==',
    'content-type: a/b\r\nContent-Type: c/d',
    'x\u00e9: 1',
    'x-tab\t: 1'
  ]
)
const field = fc.oneof(
  { weight: 8, arbitrary: lookalike },
  { weight: 8, arbitrary: harmless },
  { weight: 4, arbitrary: connection },
  { weight: 1, arbitrary: broken }
)
const who = fc.oneof(
  { weight: 10, arbitrary: fc.constant([token]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      [],
      [token, token],
      [token.replace(': ', ':')],
      [`${token}x`],
      ['authorization: Bearer']
    )
  }
)

const body = `hello ${smuggled}`
const chunks = `5\r\nhello\r\n${(body.length - 5).toString(16)};x=y\r\n${body.slice(5)}\r\n`
/** Framings and the bytes that follow the head. Where they are in doubt there is a request in what is left over. */
const framing = fc.oneof(
  { weight: 6, arbitrary: fc.constant<[string[], string]>([[], '']) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<[string[], string]>(
      [[`content-length: ${body.length}`], body],
      [['Transfer-Encoding: chunked'], `${chunks}0\r\n\r\n`],
      [['transfer-encoding: CHUNKED'], `${chunks}0\r\nrequest-user-id: ${lie}\r\n\r\n`]
    )
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.shuffledSubarray(
          [
            ...[
              'content-length: 5',
              'content-length: 0',
              'Content-Length: 5, 5',
              'content-length: +5',
              'content-length: 05',
              'content-length : 5'
            ],
            ...[
              'transfer-encoding: chunked',
              'Transfer-Encoding: gzip, chunked',
              'transfer-encoding: identity',
              'transfer-encoding:\tchunked'
            ],
            ...[
              'transfer-encoding: xchunked',
              'transfer-encoding : chunked',
              'Transfer_Encoding: chunked',
              'transfer-encoding: chunked\r\n ,x'
            ]
          ],
          { minLength: 2, maxLength: 3 }
        ),
        fc.constantFrom(body, `${chunks}0\r\n\r\n${smuggled}`, `0\r\n\r\n${smuggled}`)
      )
      .map(([lines, bytes]): [string[], string] => [lines, bytes])
  }
)

const request = fc
  .record({ method, target, version, who, framing, fields: fc.array(field, { maxLength: 6 }) })
  .chain(({ method, target, version, who, framing: [framed, after], fields }) => {
    const lines = ['host: gateway', ...who, ...framed, ...fields]
    return fc.shuffledSubarray(lines, { minLength: lines.length }).map((shuffled) => ({
      method,
      target,
      head: [`${method} ${target}${version}`, ...shuffled, '', ''].join('\r\n'),
      after
    }))
  })

/** Sends these bytes and nothing else; waits until all that came of them is over. */
async function play(t: { after: (end: () => void) => void }, method: string, bytes: string) {
  const from = upstream.seen.length
  const client = await connectRaw(t, gateway.port, { methods: [method] })
  client.send(Buffer.from(bytes, 'latin1'))
  client.end()
  const closed = await client.closed()
  client.socket.destroy()
  return { answers: client.answers, closed, seen: upstream.seen.slice(from) }
}

const canonical = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '-')
    .replace(/^x-/, '')

function assertOurs(seen: Seen) {
  assert.deepEqual(seen.all('request-user-id'), [ada])
  assert.deepEqual(seen.all('request-user-type'), ['default'])
  assert.ok(isSigned(seen, ada, 'default'), 'the signature is ours')
  assert.equal(seen.all('request-signature').length, 1)
  const names = seen.headers
    .map(([name]) => name)
    .filter((name) => identityNames.includes(canonical(name)))
  assert.deepEqual(names.toSorted(), identityNames.toSorted())
  assert.ok(!seen.text.includes(lie), 'a lie came through')
  assert.match(seen.all('request-id').join(), /^[A-Za-z0-9._-]{1,64}$/)
  assert.deepEqual(seen.all('authorization'), [])
  assert.deepEqual(seen.all('host'), [new URL(upstream.url).host])
  const framings = seen.headers.filter(([name]) =>
    /^(content-length|transfer-encoding)$/i.test(name)
  )
  assert.ok(framings.length < 2, JSON.stringify(framings))
}

function assertPassed(sent: { method: string; target: string; after: string }, seen: Seen[]) {
  assert.equal(seen.length, 1, 'requests at the upstream')
  const [only] = seen as [Seen]
  assert.equal(only.method, sent.method)
  assert.match(sent.target, /^\/api\/(?!b\/)/)
  assert.equal(only.target, sent.target.slice('/api'.length))
  assert.equal(only.complete, true)
  assert.ok(['', body, 'hello'].includes(only.body.toString('latin1')), only.body.toString())
  assertOurs(only)
}

test('F13 F3 A3 lets through one request as it was authorised, or none, whatever bytes are sent', async (t) => {
  const outcomes = new Map<number, number>()
  const property = fc.asyncProperty(request, async (sent) => {
    const { answers, seen } = await play(t, sent.method, sent.head + sent.after)
    const status = answers[0]?.status ?? 0
    outcomes.set(status, (outcomes.get(status) ?? 0) + 1)
    if (status >= 200 && status < 300) assertPassed(sent, seen)
    else {
      assert.ok(status >= 400, `status ${status}`)
      assert.deepEqual(
        seen.filter(({ complete }) => complete).map(({ text }) => text),
        []
      )
    }
    assert.ok(!seen.some(({ target }) => target.includes('smuggled')), 'a smuggled request')
  })

  await fc.assert(property, {
    seed,
    numRuns: 1_000_000,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
    endOnFailure: false
  })

  t.diagnostic(`seed ${seed}; answers: ${JSON.stringify(Object.fromEntries(outcomes))}`)
  assert.ok((outcomes.get(200) ?? 0) > 50, 'enough of the requests are good ones')
})
