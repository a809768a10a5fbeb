import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createChunked } from '@gatehouse/http1-client/chunked-decoder'
import fc from 'fast-check'

/** What comes out where the bytes come in pieces of these sizes, and what is left over. */
function decode(text: string, cuts: readonly number[] = []) {
  const take = createChunked()
  const bytes = Buffer.from(text, 'latin1')
  let data = ''
  let at = 0
  for (const size of [...cuts, bytes.length]) {
    const piece = bytes.subarray(at, at + size)
    const end = take(piece, 0, (chunk) => {
      data += chunk.toString('latin1')
    })
    if (end !== -1) return { data, rest: bytes.toString('latin1', at + end) }
    at += piece.length
  }
  return { data, rest: null }
}

const chunk = (data: string, extension = '') =>
  `${data.length.toString(16)}${extension}\r\n${data}\r\n`

test('takes a chunked body apart and drops extensions and trailers', () => {
  const text = `${chunk('hello', ';a="b c"')}${chunk('x'.repeat(30), ' ;q')}0\r\nrequest-user-id: 1\r\nx: y\r\n\r\nHTTP`

  assert.deepEqual(decode(text), { data: `hello${'x'.repeat(30)}`, rest: 'HTTP' })
})

for (const extension of [';x', ';x=1', ' ;x=1', '\t; x = "1"']) {
  test(`drops the extension ${JSON.stringify(extension)} of a chunk`, () => {
    const text = `${chunk('hello', extension)}0\r\n\r\n`

    assert.deepEqual(decode(text), { data: 'hello', rest: '' })
  })
}

test('takes a chunked body apart however it is cut', () => {
  const parts = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }))
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 })
  fc.assert(
    fc.property(parts, cuts, (data, cuts) => {
      const text = `${data.map((part) => chunk(part)).join('')}0\r\nt: v\r\n\r\n`

      assert.deepEqual(decode(text, cuts), { data: data.join(''), rest: '' })
    })
  )
})

test('F7 takes no prefix of a chunked body for the whole', () => {
  const text = `${chunk('hello')}${chunk('there')}0\r\nt: v\r\n\r\n`

  for (let length = 0; length < text.length; length += 1) {
    assert.equal(decode(text.slice(0, length)).rest, null, `after ${length} bytes`)
  }
})

test('takes a size that begins with zeros for what it is', () => {
  assert.deepEqual(decode(`${'0'.repeat(40)}5\r\nhello\r\n000\r\n\r\n`), {
    data: 'hello',
    rest: ''
  })
})

const broken: [string, string][] = [
  ['an endless size', '0'.repeat(20_000)],
  ['no size', '\r\nhello'],
  ['a negative size', '-5\r\nhello\r\n'],
  ['a prefixed size', '0x5\r\nhello\r\n'],
  ['a size larger than anything', 'fffffffffffff\r\n'],
  ['a second size after a space', '5 6\r\nhello\r\n'],
  ['a second size after a tab', '5\t7\r\nhello\r\n'],
  ['an extension without its semicolon', '5 x=1\r\nhello\r\n'],
  ['a line feed alone after the size', '5\nhello\r\n'],
  ['a line feed alone in an extension', '5;a\nhello\r\n'],
  ['a carriage return alone after the size', '5\rhello\r\n'],
  ['more data than its size', '5\r\nhello!\r\n'],
  ['a line feed alone after the data', '5\r\nhello\n'],
  ['a line feed alone in a trailer', '0\r\nx: y\n\r\n'],
  ['a deletion character in an extension', '5;a\x7f\r\nhello\r\n'],
  ['white space before the name of a trailer', '0\r\nx-t: v\r\n \r\n\r\n'],
  ['white space in place of the end', '0\r\nX-T: v\r\n \r\n'],
  ['a control in place of the end', '0\r\n\0\r\n'],
  ['a trailer without a colon', `0\r\n${'X'.repeat(40)}\r\n\r\n`],
  ['a trailer without a name', '0\r\n: v\r\n\r\n'],
  ['white space before the colon of a trailer', '0\r\nx : v\r\n\r\n'],
  ['a control in the value of a trailer', '0\r\nx: a\0b\r\n\r\n'],
  ['a carriage return alone in a trailer', '0\r\nx: a\rb\r\n\r\n'],
  ['the next response in place of the end', '0\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'],
  ['an endless extension', `5;${'a'.repeat(20_000)}`],
  ['an endless trailer', `0\r\n${'a: b\r\n'.repeat(5000)}`]
]
for (const [what, text] of broken) {
  test(`F6 takes a chunk with ${what} for broken`, () => {
    assert.throws(() => decode(text), { code: 'UPSTREAM_MALFORMED' })
  })
}
