import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routeFindings } from '../../src/cli/check/route-mismatches.ts'
import { describe } from '../../src/openapi/merge.ts'
import { answered, answering, documentOf, tableOf } from '../harness/documents/fixture.ts'

type Line = Parameters<typeof tableOf>[0][string]

const id = { in: 'path', name: 'id', required: true, schema: { type: 'string', format: 'uuid' } }
const get = (operation: object = {}) => ({ get: { responses: answered, ...operation } })
const needing = (name: string) => ({
  parameters: [{ in: 'header', name, required: true, schema: { type: 'string' } }]
})
const events = { 200: { description: 'Events.', content: { 'text/event-stream': {} } } }
const session = { type: 'object', properties: { user_id: {}, user_type: {}, session_id: {} } }
const whole = { type: 'object', properties: { ...session.properties, refresh_token: {} } }

function findings(key: string, line: Line, paths: object) {
  const table = tableOf({ [key]: line }, ['one'])
  const sources = new Map([['one', { document: documentOf(paths) }]])
  return routeFindings(table, describe(table, sources).described, 'gateway.yml')
}

const login: Line = { issue: 'token', allow: ['public'], target: '/b' }
const ofSession = (schema: object) => ({ '/b': { post: { responses: answering(schema) } } })

/** [what is the matter, the line, what else it says, the service's paths, what is told and in what words] */
const cases: [string, string, Line, object, told: string[], words: RegExp][] = [
  [
    'a route that matches',
    'GET /api/a/:key',
    {},
    { '/a/{id}': get({ parameters: [id] }) },
    [],
    /^$/
  ],
  [
    'a path that the service does not have',
    'GET /api/users',
    {},
    { '/user': get() },
    ['breaking route-without-operation', 'information operation-unpublished'],
    /did you mean \/user\?/
  ],
  [
    'a method that the service does not have',
    'PUT /api/a',
    {},
    { '/a': get() },
    ['breaking method-mismatch', 'information operation-unpublished'],
    /not for PUT.*GET \/a/s
  ],
  [
    'a word where the service has a parameter',
    'GET /api/a/all',
    {},
    { '/a/{id}': get({ parameters: [id] }) },
    ['breaking parameter-mismatch', 'information operation-unpublished'],
    /different places/
  ],
  [
    'a parameter where the service has a word',
    'GET /api/a/:id',
    {},
    { '/a/all': get() },
    ['breaking parameter-mismatch', 'information operation-unpublished'],
    /different places/
  ],
  [
    'a user’s id where the service wants a number',
    'GET /api/a',
    { target: '/a/$user.id' },
    { '/a/{id}': get({ parameters: [{ ...id, schema: { type: 'integer' } }] }) },
    ['breaking parameter-mismatch'],
    /id is "integer"/
  ],
  [
    'a user’s id where the service wants one',
    'GET /api/a',
    { target: '/a/$user.id' },
    { '/a/{id}': get({ parameters: [id] }) },
    [],
    /^$/
  ],
  [
    'a parameter that leads nowhere',
    'GET /api/a/:id',
    { target: '/b' },
    { '/b': get() },
    ['warning parameter-unused'],
    /:id is neither/
  ],
  [
    'a public route to what needs a user',
    'GET /api/a',
    { allow: ['public'] },
    { '/a': get(needing('Request-User-Id')) },
    ['breaking identity-missing'],
    /needs a user/
  ],
  [
    'a route for users to what needs one',
    'GET /api/a',
    {},
    { '/a': get(needing('request-user-id')) },
    [],
    /^$/
  ],
  [
    'a token that stays at the gateway',
    'GET /api/a',
    {},
    { '/a': get(needing('authorization')) },
    ['breaking header-not-forwarded'],
    /does not forward authorization/
  ],
  [
    'a token on a public route',
    'GET /api/a',
    { allow: ['public'] },
    { '/a': get(needing('authorization')) },
    [],
    /^$/
  ],
  [
    'a header of the connection',
    'GET /api/a',
    {},
    { '/a': get(needing('TE')) },
    ['breaking header-not-forwarded'],
    /does not forward te/
  ],
  [
    'a stream that the route does not declare',
    'GET /api/a',
    {},
    { '/a': get({ responses: events }) },
    ['breaking stream-mismatch'],
    /add stream: sse/
  ],
  [
    'a route with stream: sse to an operation without a stream',
    'GET /api/a',
    { stream: 'sse' },
    { '/a': get() },
    ['breaking stream-mismatch'],
    /has stream: sse/
  ],
  ['a stream', 'GET /api/a', { stream: 'sse' }, { '/a': get({ responses: events }) }, [], /^$/],
  [
    'a WebSocket that the route does not declare',
    'GET /api/a',
    {},
    { '/a': get({ responses: { 101: { description: 'On.' } } }) },
    ['breaking stream-mismatch'],
    /add stream: websocket/
  ],
  [
    'a login without a refresh token',
    'POST /api/login',
    login,
    ofSession(session),
    ['breaking issue-mismatch'],
    /needs refresh_token/
  ],
  ['a login', 'POST /api/login', login, ofSession(whole), [], /^$/],
  [
    'a wildcard with nothing below',
    'GET /api/a/**',
    {},
    { '/b': get() },
    ['information operation-unpublished', 'warning route-without-operation'],
    /below it/
  ]
]
for (const [what, key, line, paths, told, words] of cases) {
  test(`reports ${what}`, () => {
    const found = findings(key, line, paths)

    assert.deepEqual(found.map(({ severity, rule }) => `${severity} ${rule}`).sort(), told)
    assert.match(
      found.map(({ message, sides }) => message + sides.map(({ says }) => says)).join('\n'),
      words
    )
  })
}

test('names the line in the table and the pointer of the service’s document', () => {
  const [finding] = findings('PUT /api/a', { line: 7 }, { '/a': get() })

  assert.deepEqual(
    finding?.sides.map(({ name, at }) => [name, at]),
    [
      ['table', 'gateway.yml:7'],
      ['service', 'one#/paths/~1a/get']
    ]
  )
  assert.deepEqual(finding?.subjects, ['PUT /api/a'])
})
