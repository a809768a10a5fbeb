import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTable } from '../../../src/route-table/load.ts'
import { combined, documentOf, tableOf } from '../../harness/documents/fixture.ts'

const parse = (line: string) =>
  parseTable(`services: { a: { url: "http://a:1" } }\nroutes:\n  ${line}\n`, 'gateway.yml', {})

test('F29 knows how long a stream may be silent', () => {
  const streams = ['sse', 'websocket', 'sse, idle_timeout: 2s'].map((stream) => {
    const [route] = parse(`GET /a: { to: a, allow: user, stream: ${stream} }`).routes
    return [route?.stream, route?.idleMs]
  })

  assert.deepEqual(streams, [
    ['sse', 15_000],
    ['websocket', 600_000],
    ['sse', 2000]
  ])
})

/** [what cannot be meant, the line, what is told] */
const faults: [string, string, RegExp][] = [
  ['another kind', 'GET /a: { to: a, allow: user, stream: ws }', /sse or websocket/],
  [
    'a WebSocket by POST',
    'POST /a: { to: a, allow: user, stream: websocket }',
    /needs the method GET/
  ],
  [
    'a WebSocket by ANY',
    'ANY /a: { to: a, allow: user, stream: websocket }',
    /needs the method GET/
  ],
  [
    'a login',
    'POST /a: { to: a, allow: public, stream: sse, issue: token }',
    /either a token or a stream/
  ],
  ['a logout', 'POST /a: { to: a, allow: user, stream: sse, revoke: session }', /its session/],
  ['idle alone', 'GET /a: { to: a, allow: user, idle_timeout: 1s }', /needs the key stream/]
]
for (const [what, line, told] of faults) {
  test(`refuses a stream that cannot be meant: ${what}`, () => {
    assert.throws(() => parse(line), told)
  })
}

test('publishes streams as what they are', () => {
  const table = tableOf({
    'GET /api/events': { stream: 'sse' },
    'GET /api/live': { stream: 'websocket', idleMs: 600_000 }
  })

  const { paths } = combined(table, { one: documentOf({}) }).document
  const [events, live] = [paths['/api/events']?.get, paths['/api/live']?.get]

  assert.ok(events?.responses[200]?.content?.['text/event-stream'])
  assert.equal(events['x-gateway'].stream, 'sse')
  assert.match(events.description, /last-event-id/)
  assert.ok(live?.responses[101])
  assert.deepEqual([live['x-gateway'].stream, live['x-gateway'].idle_ms], ['websocket', 600_000])
  assert.match(live.description, /WebSocket.*`bearer`/)
})
