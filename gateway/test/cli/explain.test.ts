import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain } from '../../src/cli/explain/explain.ts'
import { runCommand } from '../harness/command.ts'
import { writeTable } from '../harness/gateway.ts'

const told = async (...args: string[]) => explain(args, {})

test('shows route, decision, limits and request of a caller who passes', async () => {
  const out = await told('GET', '/api/users/7?x=1', '--as', 'user:7')

  assert.match(out, /^GET \/api\/users\/7\?x=1 as user 7 of type default\n/)
  assert.match(out, /^checks {4}passes$/m)
  assert.match(out, /^match {5}GET \/api\/users\/:id {2}\S*gateway\.yml:\d+\n +:id is 7$/m)
  assert.match(out, /^allow {5}admin, owner \(owner: id\): passes$/m)
  assert.match(
    out,
    /admin {2}no, the caller’s type is default\n +owner {2}yes, :id is 7, the caller is 7$/m
  )
  assert.match(out, /^limits {4}rate {5}3000 in 1 min per ip, counted for 127\.0\.0\.1 together/m)
  assert.match(out, /timeout {2}10 s for the whole response$/m)
  assert.match(out, /^send {6}GET http:\/\/users:8000\/users\/7\?x=1$/m)
  assert.match(
    out,
    /request-user-id: 7\n +request-user-type: default\n +request-signature: v1\.\d+\.\*\*\*$/m
  )
})

test('the command prints it and ends by itself, whether anything would be sent or not', async () => {
  const sent = await runCommand(['explain', 'GET', '/api/me', '--as', 'user:7'])
  const refused = await runCommand(['explain', 'GET', '/api/me'])
  const slip = await runCommand(['explain', 'GET'])

  assert.deepEqual([sent.code, refused.code, slip.code], [0, 0, 1])
  assert.match(sent.out, /^send {6}GET http:\/\/users:8000\/users\/7$/m)
  assert.match(refused.out, /^response {2}401/m)
  assert.match(slip.err, /^Give a method and a path\.\n\nnpm run gateway -- explain <METHOD>/)
  assert.equal(slip.out, '')
  assert.doesNotMatch(slip.err, /\.ts:\d+/)
})

test('shows why a caller is refused, and sends nothing', async () => {
  const stranger = await told('GET', '/api/users/7', '--as', 'user:8')
  const nobody = await told('GET', '/api/users/7', '--as', 'anonymous')
  const admin = await told('GET', '/api/users/7', '--as', 'admin:8')

  assert.match(stranger, /refused\n.*\n +owner {2}no, :id is 7, the caller is 8$/m)
  assert.match(
    stranger,
    /^response {2}403 Forbidden, not-allowed: Only admin or owner may call this\./m
  )
  assert.doesNotMatch(stranger, /^send/m)
  assert.match(nobody, /admin {2}no, there is no token/)
  assert.match(nobody, /^response {2}401 Unauthorized, no-token/m)
  assert.match(admin, /admin {2}yes, the caller’s type is admin/)
  assert.match(admin, /^send /m)
})

/** [what is asked for, its arguments, what is told of lines that are near] */
const near: [string, string[], RegExp][] = [
  [
    'a path that a parameter would take as well',
    ['GET', '/api/orders/events'],
    /not GET \/api\/orders\/:id +line \d+: \/api\/orders\/events is more specific/
  ],
  [
    'another method',
    ['GET', '/api/users/7'],
    /not DELETE \/api\/users\/:id +line \d+: it takes DELETE/
  ],
  [
    'a word with a slip',
    ['GET', '/api/order/7'],
    /not GET \/api\/orders\/:id +line \d+: it has orders where the request has order/
  ],
  [
    'a path that is too long',
    ['GET', '/api/me/x'],
    /not GET \/api\/me +line \d+: its path ends before \/x/
  ],
  [
    'a path that is too short',
    ['POST', '/api/orders/7'],
    /not POST \/api\/orders\/:id\/ship +line \d+: its path goes on with \/ship/
  ],
  [
    'an alias',
    ['GET', '/api/v1/me'],
    /\/api\/v1 is an alias of \/api[\s\S]*not PATCH \/api\/v1\/me/
  ]
]
for (const [what, args, words] of near) {
  test(`tells which lines ${what} nearly falls under`, async () => {
    assert.match(await told(...args), words)
  })
}

/** [what, arguments, what is told] */
const cases: [string, string[], RegExp][] = [
  [
    'a target that the request checks refuse',
    ['GET', '/api//me'],
    /^checks {4}refused: The request target has an empty segment; remove the second slash\.\nresponse {2}400/m
  ],
  [
    'a header that the request checks refuse',
    ['GET', '/api/me', '--header', 'host: a b'],
    /^checks {4}refused: The Host header is missing or invalid/m
  ],
  [
    'what the parser refuses',
    ['POST', '/api/orders', '--header', 'content-length: x'],
    /^checks {4}refused: the parser/m
  ],
  [
    'a method that no route has',
    ['DELETE', '/api/orders'],
    /^match {5}no route[\s\S]*^response {2}405 Method Not Allowed.*GET, HEAD, POST/m
  ],
  ['a path that nothing has', ['GET', '/nothing'], /^response {2}404 Not Found/m],
  ['a page of the gateway', ['GET', '/docs'], /^response {2}a page of the gateway/m],
  [
    'a body that is too long',
    ['POST', '/api/login', '--header', 'content-length: 5000'],
    /^response {2}413 .*4096/m
  ],
  [
    'an own path at the service',
    ['GET', '/api/me', '--as', 'user:a'],
    /^send {6}GET http:\/\/users:8000\/users\/a$/m
  ],
  [
    'a login',
    ['POST', '/api/login'],
    /^send {6}POST http:\/\/users:8000\/sessions$[\s\S]*^then {6}a 2xx response becomes a token/m
  ],
  [
    'a logout',
    ['POST', '/api/logout', '--as', 'user:a'],
    /^then {6}a 2xx response revokes the caller’s session/m
  ],
  [
    'a rate per user',
    ['POST', '/api/orders', '--as', 'user:a'],
    /600 in 1 min per user, counted for user a for this route alone/
  ],
  [
    'a stream',
    ['GET', '/api/orders/events', '--as', 'user:a'],
    /stream {3}sse; a heartbeat is sent after 15 s/
  ],
  [
    'a WebSocket without its upgrade',
    ['GET', '/api/orders/live', '--as', 'user:a'],
    /^response {2}426/m
  ],
  [
    'fields that are dropped and masked',
    [
      'GET',
      '/api/me',
      '--as',
      'user:a',
      '--header',
      'cookie: s=1',
      '--header',
      'Request-User-Id: b'
    ],
    /^ +cookie: \*\*\*$[\s\S]*^ +request-user-id: a$/m
  ]
]
for (const [what, args, words] of cases) {
  test(`explains ${what}`, async () => {
    const out = await told(...args)

    assert.match(out, words)
    assert.doesNotMatch(out, /Bearer [^*]|request-user-id: b|s=1/)
  })
}

test('reads another table, with the environment it needs', async (t) => {
  const file = await writeTable(
    t,
    `services: { one: { url: "\${ONE_URL:-http://one:1}" } }
routes:
  ANY /**: { to: one, allow: staff }
user_types: [staff]
`
  )

  const out = await told('PURGE', '/a/b', '--table', file, '--as', 'staff:1')

  assert.match(out, /^match {5}ANY \/\*\* {2}.*gateway\.yml:3$/m)
  assert.match(out, /^send {6}PURGE http:\/\/one:1\/a\/b$/m)
})

/** [what is wrong, arguments, what is told] */
const slips: [string, string[], RegExp][] = [
  ['nothing', [], /Give a method and a path/],
  ['a method alone', ['GET'], /Give a method and a path/],
  ['too much', ['GET', '/a', '/b'], /\/b is too much/],
  ['a method in small letters', ['get', '/a'], /get is not a method/],
  ['a target with a space', ['GET', '/a b'], /space or a control character/],
  ['a target with a line break', ['GET', '/a\r\nx: y'], /space or a control character/],
  ['a caller without an id', ['GET', '/a', '--as', 'user'], /user:<id>/],
  ['a type with a slip', ['GET', '/a', '--as', 'amdin:7'], /amdin \(did you mean admin\?\)/],
  ['an id that no token can have', ['GET', '/a', '--as', 'user:ä'], /cannot be a user id/],
  ['a field without a colon', ['GET', '/a', '--header', 'x'], /'name: value'/],
  ['a field on two lines', ['GET', '/a', '--header', 'x: a\r\ny: b'], /'name: value'/],
  ['an unknown option', ['GET', '/a', '--is', 'b'], /Unknown option '--is'/],
  [
    'a table that is not there',
    ['GET', '/a', '--table', '/no/such.yml'],
    /Cannot read the route table \/no\/such\.yml/
  ]
]
for (const [what, args, words] of slips) {
  test(`refuses ${what}, and tells what is meant`, async () => {
    await assert.rejects(told(...args), { name: 'StartError', message: words })
  })
}

for (const [url, line] of [
  ['http://localhost:8001/api/users/7?x=1', 'GET /api/users/7?x=1 as anonymous (no token)'],
  ['HTTPS://shop.example/api/users/7#top', 'GET /api/users/7 as anonymous (no token)'],
  ['http://localhost:8001', 'GET / as anonymous (no token)'],
  ['http://localhost:8001?x=1', 'GET /?x=1 as anonymous (no token)']
] as const) {
  test(`takes a pasted URL: ${url}`, async () => {
    const out = await told('GET', url)

    assert.equal(out.split('\n')[0], line)
    assert.match(out, /^checks {4}passes$/m)
  })
}

test('takes a pasted URL alone for a GET of it, and its host for the one that is asked', async () => {
  const alone = await told('https://shop.example/api/users/7', '--as', 'user:7')
  const other = await told(
    'GET',
    'https://shop.example/api/users/7',
    '--as',
    'user:7',
    '--header',
    'host: a.example'
  )

  assert.match(alone, /^GET \/api\/users\/7 as user 7/)
  assert.match(alone, /^ +x-forwarded-host: shop\.example$/m)
  assert.match(other, /^ +x-forwarded-host: a\.example$/m)
})

test('says what is wrong with a pasted URL that the gateway would refuse', async () => {
  assert.match(
    await told('GET', 'http://localhost:8001/a//b'),
    /^checks {4}refused: .*empty segment/m
  )
  await assert.rejects(
    told('GET', 'http://user:secret@localhost/a'),
    /contains a user and password/
  )
})
