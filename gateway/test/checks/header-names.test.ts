import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldOf } from '../../src/http/header-names.ts'

test('remembers no field name that is longer than any in use', () => {
  const [usual, long] = ['x'.repeat(64), 'x'.repeat(65)]

  assert.equal(fieldOf(usual), fieldOf(usual))
  assert.notEqual(fieldOf(long), fieldOf(long))
  assert.deepEqual(fieldOf(long), { ...fieldOf(usual), name: long })
})
