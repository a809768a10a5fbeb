import { test } from 'node:test'
import {
  answered,
  type Combined,
  combined,
  documentOf,
  type Response,
  tableOf
} from '../harness/documents/fixture.ts'

const tableOfA = (line: object) => tableOf({ 'GET /api/a': line })

/** What an operation answers with this status, where `GET /api/a` is all there is. */
function answerAt(document: Combined, status: string): Response | undefined {
  const { $ref } = document.paths['/api/a']?.get?.responses[status] ?? {}
  const name = $ref?.split('/').at(-1) ?? ''
  return document.components.responses?.[name] as Response | undefined
}

test('merges an answer of the gateway into what the service says of the same status', (t) => {
  const content = {
    'application/problem+json': { schema: { type: 'string' } },
    'text/plain': { schema: { type: 'string' } }
  }
  const theirs = { description: 'Too soon.', headers: { 'Retry-After': { schema: {} } }, content }
  const rate = { limit: 1, windowMs: 1000, per: 'user', bucket: 'x' }

  const get = { responses: { ...answered, 429: theirs } }
  const { document } = combined(tableOfA({ rate }), { one: documentOf({ '/a': { get } }) })

  const merged = answerAt(document, '429')
  t.assert.match(merged?.description ?? '', /^Too soon\. From the gateway: The limit/)
  t.assert.deepEqual(Object.keys(merged?.headers ?? {}), [
    'Retry-After',
    'RateLimit-Limit',
    'RateLimit-Remaining',
    'RateLimit-Reset',
    'Access-Control-Allow-Origin'
  ])
  t.assert.deepEqual(merged?.content['application/problem+json']?.schema, {
    anyOf: [{ type: 'string' }, { $ref: '#/components/schemas/Problem' }]
  })
  t.assert.equal(merged?.content['text/plain']?.schema.type, 'string')
})

test('keeps what a service says of all errors in those that it does not name', (t) => {
  const said = (type: string) => ({
    description: 'Its own.',
    content: { 'application/json': { schema: { type } } }
  })
  const get = { responses: { ...answered, '4XX': said('string'), default: said('number') } }

  const { document } = combined(tableOfA({}), { one: documentOf({ '/a': { get } }) })

  const types = ['401', '503'].map(
    (status) => answerAt(document, status)?.content['application/json']?.schema.type
  )
  t.assert.deepEqual(types, ['string', 'number'])
})

test('shares an answer that several operations give, with the headers of their lines', (t) => {
  const [$ref, rated] = ['Gone', 'OneGone'].map((name) => `#/components/responses/${name}`)
  const get = { responses: { ...answered, 410: { $ref } } }
  const rest = { components: { responses: { Gone: { description: 'Gone.' } } } }
  const rate = { limit: 1, windowMs: 1000, per: 'user', bucket: 'x' } as const

  const { document } = combined(
    tableOf({ 'GET /api/a': { rate }, 'GET /api/b': { rate }, 'GET /api/c': {} }),
    { one: documentOf({ '/a': { get }, '/b': { get }, '/c': { get } }, rest) }
  )

  const names = ['a', 'b', 'c'].map(
    (path) => document.paths[`/api/${path}`]?.get?.responses['410']?.$ref
  )
  t.assert.deepEqual(names, [rated, rated, $ref])
})
