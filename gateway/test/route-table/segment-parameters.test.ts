import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { bind, templateOf } from '@gatehouse/openapi/paths'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { mistakesOf } from '../harness/table.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = (...lines: string[]) => `
services: { echo: { url: "${upstream.url}" } }
routes:
  ${lines.join('\n  ')}
`
const gateway = await startGateway(
  { after },
  table(
    'GET /files/list.json:      { to: echo, path: /static, allow: public }',
    'GET /files/:name.json:     { to: echo, path: "/json/:name", allow: public }',
    'GET /files/:name.geo.json: { to: echo, path: "/geo/:name", allow: public }',
    'GET /files/v:version:      { to: echo, path: "/version-:version.txt", allow: public }',
    'GET /files/:any:           { to: echo, path: "/any/:any", allow: public }',
    'GET /deep/:a.x/end:        { to: echo, path: "/deep/:a", allow: public }',
    'GET /deep/:a/other:        { to: echo, path: "/other/:a", allow: public }'
  )
)

for (const [path, target] of [
  ['/files/list.json', '/static'],
  ['/files/cat.json', '/json/cat'],
  ['/files/cat.and.dog.json', '/json/cat.and.dog'],
  ['/files/cat%20dog.json', '/json/cat%20dog'],
  ['/files/map.geo.json', '/geo/map'],
  ['/files/.geo.json', '/json/.geo'],
  ['/files/v2', '/version-2.txt'],
  ['/files/v', '/any/v'],
  ['/files/.json', '/any/.json'],
  ['/files/cat.json5', '/any/cat.json5'],
  // What would become a dot segment is no value of a part.
  ['/files/..json', '/any/..json'],
  ['/files/...json', '/any/...json'],
  ['/deep/1.x/end', '/deep/1'],
  ['/deep/1.x/other', '/other/1.x']
] as const) {
  test(`a parameter inside a segment: ${path} goes to ${target}`, async (t) => {
    assert.equal((await request(t, gateway.port, path)).status, 200)

    assert.equal(upstream.seen.at(-1)?.target, target)
  })
}

const policy = '{ to: echo, allow: public }'
for (const [what, line, said] of [
  ['two parameters in a segment', `GET /a/:x-:y: ${policy}`, /one parameter a segment/],
  ['a parameter without a name', `GET /a/x:.json: ${policy}`, /one parameter a segment/],
  [
    'characters that need encoding',
    `GET /a/:x;v=1: ${policy}`,
    /characters that a path must percent-encode/
  ],
  [
    'a parameter that the route has not',
    'GET /a/:x.json: { to: echo, path: "/b/y:z", allow: public }',
    /no :z/
  ],
  [
    'one shape twice',
    `GET /a/:x.json: ${policy}\n  GET /a/:y.json: ${policy}`,
    /same requests as line 4/
  ]
] as const) {
  test(`the loader refuses ${what}`, () => {
    assert.match(mistakesOf(table(line))[0] ?? '', said)
  })
}

test('a parameter in a segment takes a page of the gateway only where it can mean it', () => {
  assert.match(mistakesOf(table(`GET /doc:x: ${policy}`))[0] ?? '', /the gateway itself answers/)
  assert.match(
    mistakesOf(table(`GET /none: ${policy}`, `GET /docs-:v/x: {}`))[0] ?? '',
    /to is missing/
  )
})

test('a parameter inside a segment is one of the OpenAPI document', () => {
  assert.equal(templateOf('/files/:name.json'), '/files/{name}.json')
  assert.deepEqual([...(bind('/files/:name.json', '/files/{file}.json') ?? [])], [['file', 'name']])
  assert.equal(bind('/files/:name.json', '/files/{file}.yaml'), null)
  assert.equal(bind('/files/:name.json', '/files/{file}'), null)
})
