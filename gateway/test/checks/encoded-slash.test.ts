import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { mistakesOf } from '../harness/table.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
cors: { origins: ["https://a.example"] }
routes:
  GET /keys/:key:          { to: echo, allow: public, path_chars: encoded_slash }
  GET /keys/:key/of/:name: { to: echo, path: "/by/:name/:key", allow: public, path_chars: encoded_slash }
  GET /keys/:key/plain:    { to: echo, allow: public }
  GET /rest/**:            { to: echo, allow: public }
  GET /part/:key/**:       { to: echo, allow: public, path_chars: encoded_slash }
`
const gateway = await startGateway({ after }, table)

for (const [path, target] of [
  ['/keys/a%2Fb', '/keys/a%2Fb'],
  ['/keys/a%2fb%2Fc', '/keys/a%2fb%2Fc'],
  ['/keys/https:%2F%2Fx.example', '/keys/https:%2F%2Fx.example'],
  ['/keys/a.b%2F.c', '/keys/a.b%2F.c'],
  ['/keys/a%2Fb/of/c%2Fd', '/by/c%2Fd/a%2Fb'],
  ['/part/a%2Fb/c', '/part/a%2Fb/c']
] as const) {
  test(`F14 forwards ${path} on a route that says path_chars: encoded_slash`, async (t) => {
    assert.equal((await request(t, gateway.port, path)).status, 200)

    assert.equal(upstream.seen.at(-1)?.target, target)
  })
}

for (const path of [
  '/keys/a%2Fb/plain',
  '/rest/a%2Fb',
  '/part/a/b%2Fc',
  '/nobody/a%2Fb',
  '/keys/..%2Fb',
  '/keys/a%2F..',
  '/keys/a%2F.%2Fb',
  '/keys/%2F..%2Fb',
  '/keys/a%5Cb',
  '/keys/a%252Fb',
  '/keys/a%00%2Fb',
  '/keys%2Fa',
  '/docs%2F'
]) {
  test(`F14 refuses ${path}, whatever other routes allow`, async (t) => {
    const before = upstream.seen.length

    const answer = await request(t, gateway.port, path)

    assert.equal(answer.status, 400)
    assert.equal(answer.json().type, '/problems/malformed-target')
    assert.equal(upstream.seen.length, before)
  })
}

test('K26 answers the preflight of a path with an encoded slash', async (t) => {
  const headers = ['origin: https://a.example', 'access-control-request-method: GET']

  const answer = await request(t, gateway.port, '/keys/a%2Fb', { method: 'OPTIONS', headers })

  assert.equal(answer.status, 204)
})

const withRoute = (line: string) => `services: { echo: { url: "http://e" } }\nroutes:\n  ${line}\n`
for (const [what, line, said] of [
  ['a route without a parameter', 'GET /a', /needs a parameter in the path/],
  ['a parameter with text around it', 'GET /a/:x.json', /whole segment/]
] as const) {
  test(`the loader refuses path_chars of ${what}`, () => {
    const policy = '{ to: echo, allow: public, path_chars: encoded_slash }'

    assert.match(mistakesOf(withRoute(`${line}: ${policy}`))[0] ?? '', said)
  })
}

test('the loader refuses path_chars where the path to forward to has text around the parameter', () => {
  const policy = '{ to: echo, path: "/b/.:x", allow: public, path_chars: encoded_slash }'

  assert.match(mistakesOf(withRoute(`GET /a/:x: ${policy}`))[0] ?? '', /whole segment/)
})
