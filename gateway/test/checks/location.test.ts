import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

const [first, second] = [await startUpstream({ after }), await startUpstream({ after })]
const gateway = await startGateway(
  { after },
  `
services:
  first:  { url: "${first.url}", strip: /api }
  second: { url: "${second.url}", strip: /two }
  plain:  { url: "http://plain-service" }
  twin:   { url: "${first.url}", strip: /twin }
aliases: { /v1: /api, /u: /api/users, /p: /plain }
routes:
  ANY /api/users/**: { to: first, allow: public }
  ANY /api/:name:    { to: first, allow: public }
  ANY /two/**:       { to: second, allow: public }
  ANY /plain/**:     { to: second, path: /plain, allow: public }
`
)
type Context = Parameters<typeof request>[0]

/** What becomes of a field of the upstream's answer to a request for `/api/moved`. */
async function passed(t: Context, name: string, value: string, asked = '/api/moved') {
  const path = asked.replace(/^\/(api|v1)(?=\/)/, '').replace(/^\/u\//, '/users/')
  first.answer(path, () => ok('', `${name}: ${value}`).replace('200 OK', '302 Found'))
  const answer = await request(t, gateway.port, asked)
  assert.equal(answer.status, 302)
  return answer.header(name)
}

const { port } = first
const locations: [string, string][] = [
  ['/x?y=1#z', '/api/x?y=1#z'],
  ['/', '/api/'],
  [`http://127.0.0.1:${port}/x`, '/api/x'],
  [`http://127.0.0.1:${port}`, '/api/'],
  [`http://127.0.0.1:${port}?x=1`, '/api/?x=1'],
  [`HTTP://127.0.0.1:${port}/x%20y?q`, '/api/x%20y?q'],
  [`https://127.0.0.1:${port}/x`, '/api/x'],
  [`//127.0.0.1:${port}/x`, '/api/x'],
  [`/\\127.0.0.1:${port}/x`, '/api/x'],
  [`http://user@127.0.0.1:${port}/x`, '/api/x'],
  [`http://127.0.0.1:${second.port}/x`, '/two/x'],
  ['http://PLAIN-service:80/x', '/x'],
  ['//plain-service', '/'],
  ['http://plain-service//evil.example/x', '/evil.example/x'],
  ['https://elsewhere.example/x', 'https://elsewhere.example/x'],
  [
    `https://elsewhere.example/?back=http://127.0.0.1:${port}1/`,
    `https://elsewhere.example/?back=http://127.0.0.1:${port}1/`
  ],
  ['next?x', 'next?x'],
  ['?x', '?x']
]
for (const [value, expected] of locations) {
  test(`F62 makes ${expected.replace(/\d{4,}/g, 'P')} of the location ${value.replace(/\d{4,}/g, 'P')}`, async (t) => {
    assert.equal(await passed(t, 'location', value), expected)
    assert.equal(await passed(t, 'content-location', value), expected)
  })
}

test('F62 leaves no internal origin in a link', async (t) => {
  const value = `<http://127.0.0.1:${port}?a>; rel=next, </b>; rel=prev, <//127.0.0.1:${second.port}/c>; anchor="HTTP://127.0.0.1:${port}/d", <https://a.example/>`

  assert.equal(
    await passed(t, 'link', value),
    '</api/?a>; rel=next, </api/b>; rel=prev, </two/c>; anchor="/api/d", <https://a.example/>'
  )
})

test('forwards the whole path under an alias that is deeper than what the service strips', async (t) => {
  for (const [path, target] of [
    ['/u/abc', '/users/abc'],
    ['/u/a%20b/c?d', '/users/a%20b/c?d'],
    ['/v1/users/abc', '/users/abc'],
    ['/api/users/abc', '/users/abc']
  ] as const) {
    const answer = await request(t, gateway.port, path)

    assert.equal(answer.status, 200, path)
    assert.equal(first.seen.at(-1)?.target, target)
  }
})

test('tells a client of an alias where things are under that alias, or else under the path of the line', async (t) => {
  assert.equal(await passed(t, 'location', '/users/new', '/u/x'), '/u/new')
  assert.equal(await passed(t, 'location', '/users?x', '/u/x'), '/u?x')
  assert.equal(await passed(t, 'location', '/usersx', '/u/x'), '/api/usersx')
  assert.equal(await passed(t, 'location', '/users/new', '/v1/x'), '/v1/users/new')
})

// What the other header names that refer to a resource become; null: the header is dropped.
const others: [name: string, value: string, expected: string | null][] = [
  ['refresh', '5; url=/x?y', '5; url=/api/x?y'],
  ['refresh', `0;URL='http://127.0.0.1:${port}/x'`, "0;URL='/api/x'"],
  ['refresh', '5 , /x', '5 , /api/x'],
  ['refresh', '5', '5'],
  ['refresh', '3; url=https://elsewhere.example/x', '3; url=https://elsewhere.example/x'],
  ['refresh', '3; url=next', '3; url=next'],
  ['sourcemap', '/x.map', '/api/x.map'],
  ['x-sourcemap', `http://127.0.0.1:${port}/x.map`, '/api/x.map'],
  ['service-worker-allowed', '/', '/api/'],
  [
    'reporting-endpoints',
    `default="/reports", other="http://127.0.0.1:${second.port}/r", far="https://far.example/r"`,
    'default="/api/reports", other="/two/r", far="https://far.example/r"'
  ],
  [
    'content-security-policy',
    "default-src 'self'; report-uri /csp https://far.example/csp; report-to main",
    "default-src 'self'; report-uri /api/csp https://far.example/csp; report-to main"
  ],
  ['content-security-policy-report-only', 'report-uri /csp', 'report-uri /api/csp'],
  ['set-cookie', 'a=1; Path=/', 'a=1; Path=/api'],
  ['set-cookie', 'a=1; HttpOnly; path=/x; Secure', 'a=1; HttpOnly; path=/api/x; Secure'],
  ['set-cookie', 'a=path=/x; Secure', 'a=path=/x; Secure'],
  ['set-cookie', 'a=1; Path=x', 'a=1; Path=x'],
  ['set-cookie', '__Host-a=1; Secure; Path=/', '__Host-a=1; Secure; Path=/'],
  ['set-cookie', 'a=1; Domain=127.0.0.1; Secure', 'a=1; Secure'],
  ['set-cookie', 'a=1; Domain=.plain-service', 'a=1'],
  ['set-cookie', 'a=1; Domain=shop.example', 'a=1; Domain=shop.example'],
  ['alt-svc', 'h2=":8443"', null],
  ['uri', `<http://127.0.0.1:${port}/x>`, null],
  ['report-to', `{"endpoints":[{"url":"http://127.0.0.1:${port}/r"}]}`, null],
  ['nel', '{"report_to":"main"}', null],
  ['proxy-status', 'users-7; error=connection_timeout', null],
  ['x-accel-redirect', '/internal/file', null],
  ['x-accel-buffering', 'no', 'no'],
  ['x-sendfile', '/var/lib/file', null],
  ['x-served-by', 'users-7', null],
  ['x-backend-server', 'users-7', null],
  ['x-aspnet-version', '4.0', null]
]
for (const [name, value, expected] of others) {
  const what = value.replace(/\d{4,}/g, 'P')
  test(`F62 ${expected === null ? 'drops' : 'makes visible to clients'} ${name}: ${what}`, async (t) => {
    assert.equal(await passed(t, name, value), expected ?? undefined)
  })
}

test('F62 keeps the path of a cookie under the alias that the client asked with', async (t) => {
  assert.equal(await passed(t, 'set-cookie', 'a=1; Path=/x', '/v1/moved'), 'a=1; Path=/v1/x')
})

for (const [asked, prefix] of [
  ['/api/moved', '/api'],
  ['/v1/moved', '/v1'],
  ['/u/moved', '/api'],
  ['/two/moved', '/two']
] as const) {
  test(`F65 tells the service the prefix of ${asked} that it does not see`, async (t) => {
    const upstream = asked.startsWith('/two') ? second : first
    const headers = ['x-forwarded-prefix: /evil']

    await request(t, gateway.port, asked, { headers })

    assert.deepEqual(upstream.seen.at(-1)?.all('x-forwarded-prefix'), [prefix])
  })
}
