import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closed, object, type Row, text, told, verdicts, whole } from './harness/compare.ts'
import { documentOf } from './harness/documents.ts'

const changes: Row[] = [
  ['an optional field', object({ a: text }), object({ a: text, b: text }), [], [], [], ['removed']],
  [
    'an optional field of a closed object',
    object({ a: text }, [], closed),
    object({ a: text, b: text }, [], closed),
    [],
    [],
    ['refused'],
    ['removed']
  ],
  [
    'a required field',
    object({ a: text }),
    object({ a: text, b: text }, ['b']),
    ['required'],
    [],
    [],
    ['removed']
  ],
  [
    'a requirement',
    object({ a: text }),
    object({ a: text }, ['a']),
    ['required'],
    [],
    [],
    ['required']
  ],
  [
    'a field inside a field',
    object({ a: object({ b: text }) }),
    object({ a: object({ b: whole }) }),
    ['type'],
    ['type'],
    ['type'],
    ['type']
  ],
  [
    'an end to unknown fields',
    object({ a: text }),
    object({ a: text }, [], closed),
    ['closed'],
    [],
    [],
    []
  ],
  [
    'a field that only answers have',
    object({ a: text }),
    object({ a: text, b: { ...text, readOnly: true } }, ['b']),
    [],
    [],
    [],
    ['removed']
  ],
  [
    'a field that only requests have',
    object({ a: text }),
    object({ a: text, b: { ...text, writeOnly: true } }, ['b']),
    ['required'],
    [],
    [],
    []
  ],
  [
    'the values of a map',
    { type: 'object', additionalProperties: text },
    { type: 'object', additionalProperties: { type: ['string', 'null'] } },
    [],
    ['type'],
    ['type'],
    []
  ],
  [
    'the items',
    { type: 'array', items: text },
    { type: 'array', items: { type: ['string', 'null'] } },
    [],
    ['type'],
    ['type'],
    []
  ],
  [
    'more items',
    { type: 'array', maxItems: 3 },
    { type: 'array', maxItems: 4 },
    [],
    ['limit'],
    ['limit'],
    []
  ],
  [
    'unique items',
    { type: 'array' },
    { type: 'array', uniqueItems: true },
    ['assertion'],
    [],
    [],
    ['assertion']
  ],
  [
    'one of a tuple',
    { type: 'array', prefixItems: [text, text] },
    { type: 'array', prefixItems: [text, whole] },
    ['type'],
    ['type'],
    ['type'],
    ['type']
  ],
  [
    'an alternative',
    { anyOf: [object({ a: text }, ['a'])] },
    { anyOf: [object({ a: text }, ['a']), { type: 'array' }] },
    [],
    ['type'],
    ['type'],
    []
  ],
  [
    'an alternative of the same type',
    { oneOf: [object({ a: text }, ['a'])] },
    { oneOf: [object({ a: text }, ['a']), object({ b: text }, ['b'])] },
    [],
    ['removed'],
    ['required'],
    []
  ],
  ['the order of alternatives', { anyOf: [text, whole] }, { oneOf: [whole, text] }, [], [], [], []],
  [
    'types for alternatives',
    { type: ['string', 'integer'] },
    { anyOf: [text, whole] },
    [],
    [],
    [],
    []
  ],
  [
    'allOf for one object',
    object({ a: text, b: whole }, ['a']),
    { allOf: [object({ a: text }, ['a']), object({ b: whole })] },
    [],
    [],
    [],
    []
  ],
  [
    'a part of allOf',
    { allOf: [text] },
    { allOf: [text, { maxLength: 3 }] },
    ['limit'],
    [],
    [],
    ['limit']
  ],
  ['an exception', text, { ...text, not: { const: 'a' } }, ['assertion'], [], [], ['assertion']],
  ['nothing at all', text, false, ['type'], [], [], ['type']]
]
for (const [what, one, other, request, answer, requestBack, answerBack] of changes) {
  test(`tells whether a request or an answer may change by ${what}`, () => {
    const found = verdicts(one, other)

    assert.deepEqual(found, { request, answer, requestBack, answerBack, itself: [] })
  })
}

const pet = (kind: string, rest: object = {}) =>
  object({ kind: { const: kind }, ...rest }, ['kind'])
const between = (before: object, now: object) => {
  const body = (schema: object) => {
    const requestBody = { content: { 'application/json': { schema } } }
    return documentOf({ '/a': { post: { requestBody, responses: {} } } })
  }
  return told(body(before), body(now))
}
const overlapping = ['warning request-overlap']

for (const [what, before, now, expected] of [
  ['anyOf of schemas that overlap', { anyOf: [text, { minLength: 2 }] }, 'oneOf', overlapping],
  [
    'anyOf of schemas that a constant tells apart',
    { anyOf: [pet('cat'), pet('dog')] },
    'oneOf',
    []
  ],
  [
    'anyOf of schemas that a required field tells apart',
    { anyOf: [object({ a: text }, ['a']), object({ b: text }, ['b'])] },
    'oneOf',
    []
  ],
  [
    'anyOf of numbers that do not meet',
    {
      anyOf: [
        { ...whole, maximum: 1 },
        { ...whole, minimum: 2 }
      ]
    },
    'oneOf',
    []
  ]
] as const) {
  test(`tells whether ${what} may be refused as oneOf`, () => {
    assert.deepEqual(between(before, { [now]: before.anyOf }), expected)
    assert.deepEqual(between({ [now]: before.anyOf }, { [now]: [...before.anyOf] }), [])
  })
}

test('tells that a further alternative of oneOf overlaps with one that was there', () => {
  const cat = pet('cat', { lives: whole })

  assert.deepEqual(
    between({ oneOf: [cat, pet('dog')] }, { oneOf: [cat, pet('dog'), pet('cow')] }),
    []
  )
  assert.deepEqual(
    between({ oneOf: [cat, pet('dog')] }, { oneOf: [cat, pet('dog'), pet('cat')] }),
    overlapping
  )
})
