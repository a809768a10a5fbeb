import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHead } from '@gatehouse/http1-client/response-parser'

/** In a file, and so a process, of its own: nothing was read before that could be taken for it. */
test('F6 takes an empty status line for none, also where it is the first that is read', () => {
  for (const text of ['', '\r\ncontent-length: 0']) {
    assert.throws(() => readHead(text, 'GET'), /begins with no status line/)
  }
})
