import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Row, text, verdicts, whole } from './harness/compare.ts'

const oneOf = (...values: unknown[]) => ({ enum: values })

const changes: Row[] = [
  ['a description', text, { ...text, description: 'New.', 'x-y': 1 }, [], [], [], []],
  ['a type', text, whole, ['type'], ['type'], ['type'], ['type']],
  ['null as well', text, { type: ['string', 'null'] }, [], ['type'], ['type'], []],
  ['number for integer', whole, { type: 'number' }, [], ['type'], ['type'], []],
  ['anything', text, {}, [], ['type'], ['type'], []],
  ['anything, as true', text, true, [], ['type'], ['type'], []],
  ['a further value', oneOf('a'), oneOf('a', 'b'), [], ['enum'], ['enum'], []],
  ['no enum', { ...text, enum: ['a'] }, text, [], ['enum'], ['enum'], []],
  ['another constant', { const: 1 }, { const: 2 }, ['enum'], ['enum'], ['enum'], ['enum']],
  [
    'enum for a union of constants',
    oneOf(1, 2),
    { anyOf: [{ const: 1 }, { const: 2 }] },
    [],
    [],
    [],
    []
  ],
  [
    'a longer text',
    { ...text, maxLength: 5 },
    { ...text, maxLength: 9 },
    [],
    ['limit'],
    ['limit'],
    []
  ],
  ['a bound on a text', text, { ...text, maxLength: 9 }, ['limit'], [], [], ['limit']],
  [
    'a shorter text',
    { ...text, minLength: 2 },
    { ...text, minLength: 1 },
    [],
    ['limit'],
    ['limit'],
    []
  ],
  ['a bound of nothing', text, { ...text, minLength: 0 }, [], [], [], []],
  [
    'a higher maximum',
    { ...whole, maximum: 5 },
    { ...whole, maximum: 6 },
    [],
    ['limit'],
    ['limit'],
    []
  ],
  [
    'a strict maximum',
    { type: 'number', maximum: 5 },
    { type: 'number', exclusiveMaximum: 5 },
    ['limit'],
    [],
    [],
    ['limit']
  ],
  [
    'a lower minimum',
    { ...whole, minimum: 1 },
    { ...whole, minimum: 0 },
    [],
    ['limit'],
    ['limit'],
    []
  ],
  [
    'a multiple',
    { ...whole, multipleOf: 4 },
    { ...whole, multipleOf: 2 },
    [],
    ['limit'],
    ['limit'],
    []
  ],
  [
    'a limit that the values keep',
    { enum: ['a'] },
    { type: 'string', maxLength: 1, pattern: '^a' },
    [],
    ['enum'],
    ['enum'],
    []
  ],
  [
    'a limit that a value breaks',
    { enum: ['a', 'ab'] },
    { enum: ['a', 'ab'], maxLength: 1 },
    ['limit'],
    [],
    [],
    ['limit']
  ],
  ['a pattern', text, { ...text, pattern: '^a' }, ['pattern'], [], [], ['pattern']],
  ['a pattern that says nothing', text, { ...text, pattern: '^[\\s\\S]*$' }, [], [], [], []],
  [
    'a format that bounds imply',
    { ...whole, minimum: 1, maximum: 9 },
    { ...whole, minimum: 1, maximum: 9, format: 'int32' },
    [],
    [],
    [],
    []
  ],
  ['a format', text, { ...text, format: 'email' }, ['format'], [], [], ['format']],
  [
    'bytes in a text for any text',
    { ...text, format: 'byte' },
    text,
    ['format'],
    ['format'],
    ['format'],
    ['format']
  ],
  [
    'a wider format',
    { ...whole, format: 'int32' },
    { ...whole, format: 'int64' },
    [],
    ['format'],
    ['format'],
    []
  ]
]
for (const [what, one, other, request, answer, requestBack, answerBack] of changes) {
  test(`tells whether a request or an answer may change by ${what}`, () => {
    const found = verdicts(one, other)

    assert.deepEqual(found, { request, answer, requestBack, answerBack, itself: [] })
  })
}
