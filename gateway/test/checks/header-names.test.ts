import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerName } from '../../src/http/header-names.ts'

test('remembers no field name that is longer than any in use', () => {
  const [usual, long] = ['x'.repeat(64), 'x'.repeat(65)]

  assert.equal(headerName(usual), headerName(usual))
  assert.notEqual(headerName(long), headerName(long))
  assert.deepEqual(headerName(long), { ...headerName(usual), name: long })
})
