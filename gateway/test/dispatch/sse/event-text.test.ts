import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventText } from '../../../src/dispatch/sse/event-stream.ts'

const between = ':\n\n'
const within = ':\n'

/** [what has come, the comment that may follow it] */
const texts: [string, string | null][] = [
  ['', between],
  ['data: x', null],
  ['data: x\n', within],
  ['data: x\r\n', within],
  ['data: x\r', null],
  ['data: x\n\n', between],
  ['data: x\r\n\r', null],
  ['data: x\r\n\r\n', between],
  ['data: x\r\r', between],
  ['data: x\n\r\n', between],
  ['data: x\r\r\n', between],
  ['data: x\n\nid', null],
  ['\n', within],
  ['\ufeff', between],
  ['\ufeffdata: x', null],
  ['data: \ufeff', null]
]
for (const [text, expected] of texts) {
  test(`F56 puts ${JSON.stringify(expected)} after ${JSON.stringify(text)}`, () => {
    const [whole, split] = [createEventText(), createEventText()]

    whole.pass(Buffer.from(text))
    for (const byte of Buffer.from(text)) split.pass(Buffer.from([byte]))

    assert.equal(whole.comment(), expected)
    assert.equal(split.comment(), expected)
  })
}

test('F56 leaves a byte order mark out where a comment went out while it waited', () => {
  const text = createEventText()

  const sent = [text.pass(Buffer.from('\ufeff')), text.comment(), text.pass(Buffer.from('data: x'))]

  assert.deepEqual(sent.map(String), ['', between, 'data: x'])
})
