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
  test(`F33 makes ${expected.replace(/\d{4,}/g, 'P')} of the location ${value.replace(/\d{4,}/g, 'P')}`, async (t) => {
    assert.equal(await passed(t, 'location', value), expected)
    assert.equal(await passed(t, 'content-location', value), expected)
  })
}

test('F33 leaves no internal origin in a link', async (t) => {
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
