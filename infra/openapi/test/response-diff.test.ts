import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesBetween } from '@gatehouse/openapi/document-diff'
import { text, told } from './harness/compare.ts'
import { answered, answering, documentOf } from './harness/documents.ts'

const saying = (responses: object) => documentOf({ '/a': { get: { responses } } })
const withHeader = (name: string, rest: object = {}) =>
  saying({ 200: { description: 'Done.', headers: { [name]: { schema: text, ...rest } } } })

/** [what changes, one document, another, what is told of going there, and of going back] */
const changes: [string, object, object, there: string[], back: string[]][] = [
  [
    'an answer',
    saying({}),
    saying(answered),
    ['warning response-status-added'],
    ['breaking response-status-removed']
  ],
  [
    'a refusal',
    saying({}),
    saying({ 409: { description: 'No.' } }),
    ['information response-status-added'],
    ['information response-status-removed']
  ],
  [
    'a status for another',
    saying(answered),
    saying({ 202: { description: 'Later.' } }),
    ['breaking response-status-removed', 'warning response-status-added'],
    ['breaking response-status-removed', 'warning response-status-added']
  ],
  [
    'a status for its class',
    saying(answered),
    saying({ '2XX': { description: 'Done.' } }),
    ['warning response-status-added'],
    []
  ],
  [
    'what is answered',
    saying(answering(text)),
    saying(answering({ type: ['string', 'null'] })),
    ['breaking response-type'],
    []
  ],
  [
    'a header of an answer',
    saying(answered),
    withHeader('ETag'),
    [],
    ['breaking response-header-removed']
  ],
  ['the spelling of a header', withHeader('etag'), withHeader('ETag'), [], []],
  [
    'whether a header is there',
    withHeader('etag', { required: true }),
    withHeader('etag'),
    ['breaking response-header-optional'],
    []
  ]
]
for (const [what, one, other, there, back] of changes) {
  test(`tells what it means to callers to change ${what}`, () => {
    assert.deepEqual(told(one, other), there)
    assert.deepEqual(told(other, one), back)
  })
}

const tree = (leaf: object) => ({
  schemas: {
    Tree: {
      type: 'object',
      properties: {
        leaf,
        children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } }
      }
    }
  }
})
const useTwice = {
  '/a': { get: { responses: answering({ $ref: '#/components/schemas/Tree' }) } },
  '/b': {
    get: { responses: answering({ type: 'array', items: { $ref: '#/components/schemas/Tree' } }) }
  }
}

test('a schema that refers to itself is compared once, and told once for all that use it', () => {
  const before = documentOf(useTwice, { components: tree(text) })
  const now = documentOf(useTwice, { components: tree({ type: ['string', 'null'] }) })

  const findings = changesBetween(before, now)

  assert.deepEqual(findings, [
    {
      severity: 'breaking',
      rule: 'response-type',
      subjects: ['GET /a', 'GET /b'],
      message: 'Tree.leaf may be of a type that it was not before, in answers',
      sides: [
        { name: 'before', says: 'string', at: '#/components/schemas/Tree/properties/leaf' },
        { name: 'now', says: 'string or null', at: '#/components/schemas/Tree/properties/leaf' }
      ]
    }
  ])
})

test('a cycle whose schemas say the same twice is gone through once', () => {
  const $ref = '#/components/schemas/Item'
  const item = (leaf: object) => {
    const next = { properties: { next: { $ref } } }
    const again = { properties: { next: { $ref, description: 'the same' } } }
    return { schemas: { Item: { properties: { leaf }, allOf: [next, again] } } }
  }
  const paths = { '/a': { get: { responses: answering({ $ref }) } } }

  const findings = changesBetween(
    documentOf(paths, { components: item(text) }),
    documentOf(paths, { components: item({ type: ['string', 'null'] }) })
  )

  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['response-type']
  )
})

test('a component under another name is the same', () => {
  const named = (name: string) =>
    documentOf(
      { '/a': { get: { responses: answering({ $ref: `#/components/schemas/${name}` }) } } },
      { components: { schemas: { [name]: { type: 'object', properties: { a: text } } } } }
    )

  assert.deepEqual(changesBetween(named('One'), named('Other')), [])
})

test('a long chain of schemas is followed to its end', () => {
  const chain = (end: object) =>
    Array.from({ length: 3000 }, (_, index) => {
      const next = index === 2999 ? end : { $ref: `#/components/schemas/S${index + 1}` }
      const either = { anyOf: [{ type: 'null' }, next] }
      return [`S${index}`, { type: 'object', properties: { next, either } }] as const
    })
  const withEnd = (end: object) =>
    documentOf(
      { '/a': { get: { responses: answering({ $ref: '#/components/schemas/S0' }) } } },
      { components: { schemas: Object.fromEntries(chain(end)) } }
    )

  const found = told(withEnd(text), withEnd({ type: 'integer' }))

  assert.ok(found.includes('breaking response-type'), found.join())
})
