import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHead } from '@gatehouse/http1-client/response-parser'

const head = (lines: string[], method = 'GET') => readHead(lines.join('\r\n'), method)

test('reads an answer as it stands', () => {
  const { keepAliveSeconds, ...rest } = head([
    'HTTP/1.1 200 All right',
    'Set-Cookie: a=1',
    'set-cookie:\t b=2 \t',
    'x-empty:',
    'x-latin: \xa0\xe9\xa0',
    'Content-Length: 12',
    'keep-alive: timeout=5, max=100'
  ])

  const headers = ['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'x-empty', '']
  headers.push('x-latin', '\xa0\xe9\xa0', 'Content-Length', '12')
  headers.push('keep-alive', 'timeout=5, max=100')
  const status = { status: 200, phrase: 'All right', persistent: true }
  assert.deepEqual(rest, { ...status, headers, body: 'counted', length: 12 })
  assert.equal(keepAliveSeconds, 5)
})

const bodies: [string, string[], string][] = [
  ['none for a count of zero', ['content-length: 0'], 'none'],
  ['chunks', ['transfer-encoding: Chunked'], 'chunked'],
  ['all until the connection closes', [], 'until-close']
]
for (const [what, fields, body] of bodies) {
  test(`finds a body: ${what}`, () => {
    assert.equal(head(['HTTP/1.1 200 OK', ...fields]).body, body)
  })
}

for (const [status, method] of [
  ['200', 'HEAD'],
  ['204', 'GET'],
  ['304', 'GET'],
  ['103', 'GET']
]) {
  test(`F9 finds no body in a ${status} to ${method}, whatever its length says`, () => {
    const { body } = head([`HTTP/1.1 ${status} x`, 'content-length: 50000'], method)

    assert.equal(body, 'none')
  })
}

const persistence: [string, string[], boolean][] = [
  ['1.1', [], true],
  ['1.1', ['connection: x, Close'], false],
  ['1.1', ['connection: keep-alive', 'connection: close'], false],
  ['1.1', ['connection: closed'], true],
  ['1.0', [], false],
  ['1.0', ['connection: Keep-Alive'], true],
  ['1.0', ['connection: close, keep-alive'], false],
  ['1.0', ['connection: keep-alive', 'connection: close'], false]
]
for (const [version, fields, expected] of persistence) {
  test(`takes HTTP/${version} with ${fields.join(', ') || 'nothing said'} for ${expected ? 'kept' : 'closed'}`, () => {
    const { persistent } = head([`HTTP/${version} 200 OK`, 'content-length: 1', ...fields])

    assert.equal(persistent, expected)
  })
}

const broken: [string, string[]][] = [
  ['no status line', ['hello']],
  ['another protocol', ['HTTP/2 200 OK']],
  ['a status of two digits', ['HTTP/1.1 20 OK']],
  ['a status that begins with a zero', ['HTTP/1.1 099 OK']],
  ['two spaces before the status', ['HTTP/1.1  200 OK']],
  ['a line feed alone', ['HTTP/1.1 200 OK\nx: y']],
  ['a carriage return alone', ['HTTP/1.1 200 OK', 'x: a\rb']],
  ['a NUL', ['HTTP/1.1 200 OK', 'x: a\0b']],
  ['a folded line', ['HTTP/1.1 200 OK', 'x: a', ' b']],
  ['a space before the colon', ['HTTP/1.1 200 OK', 'x : a']],
  ['a field without a name', ['HTTP/1.1 200 OK', ': a']],
  ['a line without a colon', ['HTTP/1.1 200 OK', 'x']],
  ['two lengths', ['HTTP/1.1 200 OK', 'content-length: 5', 'Content-Length: 5']],
  ['a list of lengths', ['HTTP/1.1 200 OK', 'content-length: 5, 5']],
  ['a negative length', ['HTTP/1.1 200 OK', 'content-length: -5']],
  ['an empty length', ['HTTP/1.1 200 OK', 'content-length:']],
  ['a length and chunks', ['HTTP/1.1 200 OK', 'content-length: 5', 'transfer-encoding: chunked']],
  ['chunks twice', ['HTTP/1.1 200 OK', 'transfer-encoding: chunked', 'transfer-encoding: chunked']],
  ['another coding', ['HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked']],
  ['chunks of HTTP/1.0', ['HTTP/1.0 200 OK', 'transfer-encoding: chunked']]
]
for (const [what, lines] of broken) {
  test(`F6 takes an answer with ${what} for none`, () => {
    assert.throws(() => head(lines), { code: 'UPSTREAM_MALFORMED' })
  })
}
