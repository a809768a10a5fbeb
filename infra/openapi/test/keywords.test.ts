import { test } from 'node:test'
import { type Schema, verdicts } from './harness/compare.ts'

const list = (rest: object) => ({ type: 'array', ...rest })
const map = (rest: object) => ({ type: 'object', ...rest })
const text = { type: 'string' }
const maybe = { type: ['string', 'null'] }

/** An object with `then` written out would be taken for a promise by linters. */
const then = (schema: Schema) => Object.fromEntries([['then', schema]])

/** Each assertion and applicator of JSON Schema 2020-12: a schema, and one that takes fewer values. */
const keywords: [keyword: string, wide: Schema, narrow: Schema][] = [
  ['type', maybe, text],
  ['enum', { enum: [1, 2] }, { enum: [1] }],
  ['const', { enum: [1, 2] }, { const: 1 }],
  ['multipleOf', { type: 'integer' }, { type: 'integer', multipleOf: 2 }],
  ['maximum', { type: 'number' }, { type: 'number', maximum: 2 }],
  ['exclusiveMaximum', { type: 'number', maximum: 2 }, { type: 'number', exclusiveMaximum: 2 }],
  ['minimum', { type: 'number' }, { type: 'number', minimum: 2 }],
  ['exclusiveMinimum', { type: 'number', minimum: 2 }, { type: 'number', exclusiveMinimum: 2 }],
  ['maxLength', text, { ...text, maxLength: 2 }],
  ['minLength', text, { ...text, minLength: 2 }],
  ['pattern', text, { ...text, pattern: '^a' }],
  ['format', text, { ...text, format: 'date' }],
  ['maxItems', list({}), list({ maxItems: 2 })],
  ['minItems', list({}), list({ minItems: 2 })],
  ['uniqueItems', list({}), list({ uniqueItems: true })],
  ['contains', list({}), list({ contains: text })],
  ['minContains', list({ contains: text }), list({ contains: text, minContains: 2 })],
  ['maxContains', list({ contains: text }), list({ contains: text, maxContains: 2 })],
  ['prefixItems', list({ prefixItems: [maybe] }), list({ prefixItems: [text] })],
  ['prefixItems, one more', list({ prefixItems: [text] }), list({ prefixItems: [text, text] })],
  ['items', list({ items: maybe }), list({ items: text })],
  [
    'items, deep',
    list({ items: list({ items: list({ items: maybe }) }) }),
    list({ items: list({ items: list({ items: text }) }) })
  ],
  ['unevaluatedItems', list({}), list({ prefixItems: [true], unevaluatedItems: false })],
  ['maxProperties', map({}), map({ maxProperties: 2 })],
  ['minProperties', map({}), map({ minProperties: 2 })],
  ['required', map({ properties: { a: text } }), map({ properties: { a: text }, required: ['a'] })],
  ['dependentRequired', map({}), map({ dependentRequired: { a: ['b'] } })],
  ['dependentSchemas', map({}), map({ dependentSchemas: { a: { minProperties: 2 } } })],
  ['properties', map({ properties: { a: maybe } }), map({ properties: { a: text } })],
  [
    'patternProperties',
    map({ patternProperties: { '^x-': maybe } }),
    map({ patternProperties: { '^x-': text } })
  ],
  [
    'patternProperties, of no Unicode',
    map({ patternProperties: { '^x\\-': maybe } }),
    map({ patternProperties: { '^x\\-': text } })
  ],
  [
    'additionalProperties',
    map({ additionalProperties: maybe }),
    map({ additionalProperties: text })
  ],
  ['propertyNames', map({}), map({ propertyNames: { maxLength: 2 } })],
  ['unevaluatedProperties', map({}), map({ unevaluatedProperties: false })],
  ['allOf', text, { allOf: [text, { maxLength: 2 }] }],
  ['anyOf', { anyOf: [text, { type: 'integer' }] }, { anyOf: [text] }],
  ['oneOf', { oneOf: [text, { type: 'integer' }] }, { oneOf: [text] }],
  ['not', text, { ...text, not: { maxLength: 2 } }],
  ['if, then and else', text, { ...text, if: { maxLength: 2 }, ...then({ pattern: '^a' }) }],
  ['else', text, { ...text, if: { maxLength: 2 }, else: { pattern: '^a' } }],
  ['contentEncoding', text, { ...text, contentEncoding: 'base64' }],
  ['contentMediaType', text, { ...text, contentMediaType: 'text/html' }]
]

for (const [keyword, wide, narrow] of keywords) {
  test(`sees a narrower ${keyword} in requests and a wider one in responses`, (t) => {
    const { request, answer, requestBack, answerBack, itself } = verdicts(wide, narrow)

    t.assert.notDeepEqual(request, [])
    t.assert.deepEqual(answer, [])
    t.assert.deepEqual(requestBack, [])
    t.assert.notDeepEqual(answerBack, [])
    t.assert.deepEqual(itself, [])
  })
}

for (const rest of [
  { pattern: '^x\\-' },
  { pattern: '(' },
  { format: 'constructor' },
  { format: 'toString', type: 'integer', minimum: 0, maximum: 9 }
]) {
  test(`compares a schema with ${JSON.stringify(rest)} and does not throw`, (t) => {
    const { itself, request } = verdicts({ enum: ['x-a', 1] }, rest)

    t.assert.deepEqual(itself, [])
    t.assert.equal(Array.isArray(request), true)
  })
}
