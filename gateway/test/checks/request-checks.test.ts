import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { request } from '../harness/request.ts'
import { bearer } from '../harness/token.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**: { to: echo, allow: public }
  ANY /:first:    { to: echo, allow: public }
`
)
const host = 'host: gateway\r\n'

/** Heads that are refused: [id, how, bytes, statuses]. */
const refused: [string, string, string, number[]][] = [
  ['F16', 'no host', 'GET /public/x HTTP/1.1\r\n\r\n', [400]],
  ['F16', 'two hosts', `GET /public/x HTTP/1.1\r\n${host}${host}\r\n`, [400]],
  ['F16', 'two different hosts', `GET /public/x HTTP/1.1\r\n${host}host: b\r\n\r\n`, [400]],
  ...[
    'bad host',
    'a@b',
    'a/b',
    '',
    'a:65536',
    'a:x',
    'a:-1',
    'a,b',
    '[::1',
    'a\\b',
    'a#b',
    'a?b'
  ].map((value): [string, string, string, number[]] => [
    'F16',
    `the host "${value}"`,
    `GET /public/x HTTP/1.1\r\nhost: ${value}\r\n\r\n`,
    [400]
  ]),
  [
    'F15',
    'an absolute target elsewhere',
    `GET http://evil/public/x HTTP/1.1\r\n${host}\r\n`,
    [400, 421]
  ],
  ['F15', 'a file as target', `GET file:///etc/passwd HTTP/1.1\r\n${host}\r\n`, [400]],
  ['F15', 'GET *', `GET * HTTP/1.1\r\n${host}\r\n`, [400]],
  ['F15', 'an authority as target', `GET gateway:80 HTTP/1.1\r\n${host}\r\n`, [400]],
  ['F15', 'CONNECT', `CONNECT evil:443 HTTP/1.1\r\n${host}\r\n`, [400, 405, 501]],
  ['E9', 'TRACE', `TRACE /public/x HTTP/1.1\r\n${host}\r\n`, [405]],
  ['F14', 'two slashes and an authority', `GET //evil.com/x HTTP/1.1\r\n${host}\r\n`, [400, 404]],
  ['F14', 'a backslash and an authority', `GET /\\evil HTTP/1.1\r\n${host}\r\n`, [400]],
  ['F14', 'no slash', `GET @evil HTTP/1.1\r\n${host}\r\n`, [400]],
  ['F13', 'HTTP/2.0', `GET /public/x HTTP/2.0\r\n${host}\r\n`, [400, 505]],
  ['F13', 'HTTP/0.9', 'GET /public/x\r\n\r\n', [400]],
  ['F13', 'no method', `/public/x HTTP/1.1\r\n${host}\r\n`, [400]],
  [
    'B17',
    'two content types',
    `POST /public/x HTTP/1.1\r\n${host}content-type: a/b\r\ncontent-type: c/d\r\n\r\n`,
    [400]
  ],
  ['F19', 'a line of 9 kB', `GET /public/${'x'.repeat(9000)} HTTP/1.1\r\n${host}\r\n`, [414]],
  ['F19', 'a query of 9 kB', `GET /public/x?${'x'.repeat(9000)} HTTP/1.1\r\n${host}\r\n`, [414]],
  [
    'F41',
    'a header of 17 kB',
    `GET /public/x HTTP/1.1\r\n${host}x: ${'x'.repeat(17_000)}\r\n\r\n`,
    [431]
  ],
  ['F41', '150 fields', `GET /public/x HTTP/1.1\r\n${host}${'x-a: 1\r\n'.repeat(150)}\r\n`, [431]],
  [
    'F3',
    'a length and chunks',
    `POST /public/x HTTP/1.1\r\n${host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    [400]
  ],
  ...[
    'chunked, chunked',
    'chunked, gzip',
    'gzip',
    'identity',
    'chunked, gzip, chunked',
    'xchunked',
    ',chunked',
    'chunked;x',
    '"chunked"'
  ].map((coding): [string, string, string, number[]] => [
    'F3',
    `the coding ${coding}`,
    `POST /public/x HTTP/1.1\r\n${host}transfer-encoding: ${coding}\r\n\r\n0\r\n\r\n`,
    [400, 501]
  ]),
  [
    'F3',
    'two codings',
    `POST /public/x HTTP/1.1\r\n${host}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    [400]
  ],
  [
    'F3',
    'gzip, chunked',
    `POST /public/x HTTP/1.1\r\n${host}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    [422, 501]
  ],
  [
    'F3',
    'chunks in HTTP/1.0',
    `POST /public/x HTTP/1.0\r\n${host}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    [400]
  ],
  ...['', '-1', '+1', '0x5', '5, 5', '5,6', '1e1', '5 5', '99999999999999999999999', 'x'].map(
    (length): [string, string, string, number[]] => [
      'F4',
      `the length "${length}"`,
      `POST /public/x HTTP/1.1\r\n${host}content-length: ${length}\r\n\r\nhello`,
      [400]
    ]
  ),
  [
    'F4',
    'two lengths',
    `POST /public/x HTTP/1.1\r\n${host}content-length: 5\r\ncontent-length: 5\r\n\r\nhello`,
    [400]
  ],
  [
    'F4',
    'two different lengths',
    `POST /public/x HTTP/1.1\r\n${host}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
    [400]
  ],
  ['F5', 'a space before the colon', `GET /public/x HTTP/1.1\r\n${host}x : 1\r\n\r\n`, [400]],
  ['F5', 'a folded line', `GET /public/x HTTP/1.1\r\n${host}x: 1\r\n 2\r\n\r\n`, [400]],
  ['F5', 'a bare line feed', `GET /public/x HTTP/1.1\n${host}\r\n`, [400]],
  ['F5', 'a NUL in a value', `GET /public/x HTTP/1.1\r\n${host}x: a\0b\r\n\r\n`, [400]],
  [
    'F5',
    'a bad chunk',
    `POST /public/x HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\nzz\r\n`,
    [400]
  ],
  [
    'F10',
    'another expectation',
    `POST /public/x HTTP/1.1\r\n${host}expect: x\r\ncontent-length: 1\r\n\r\n`,
    [417]
  ]
]
for (const [index, [id, how, bytes, statuses]] of refused.entries()) {
  test(`${id} refuses a request with ${how}, and does not read on`, async (t) => {
    const [own, next] = [`/public/own-${index}-`, `/public/next-${index}`]
    const client = await connectRaw(t, gateway.port)
    const head = Buffer.from(bytes.replace('/public/x', own), 'latin1')
    client.send(head, `GET ${next} HTTP/1.1\r\n${host}\r\n`)

    const answer = await client.answer()

    assert.ok(statuses.includes(answer.status), `status ${answer.status}`)
    assert.equal(answer.header('content-type'), 'application/problem+json')
    assert.equal(answer.json().status, answer.status)
    assert.equal(answer.json().request_id, answer.header('request-id'))
    // A body that turns out to be wrong may have begun to stream; a whole request never gets through.
    const whole = upstream.seen.filter((seen) => seen.complete && seen.target.startsWith(own))
    assert.equal(whole.length, 0)
    if (!['F3', 'F4', 'F5'].includes(id)) return
    assert.ok(await client.closed())
    assert.equal(client.answers.length, 1)
    assert.equal(upstream.requests(next).length, 0)
  })
}

const spellings = [
  '/public/../admin',
  '/public/./x',
  '/public/..',
  '/public/.',
  '/./public/x',
  '/../public/x',
  '/public/%2e%2e/admin',
  '/public/%2E%2e/admin',
  '/public/.%2e/admin',
  '/public/%2e/x',
  '/public/a%2fb',
  '/public/a%2Fb',
  '/public/a%5cb',
  '/public/a%5Cb',
  '/public/a\\b',
  '/public/a%00b',
  '/public/%00',
  '/public/a%25b',
  '/public/%252e%252e/x',
  '/public/a;b',
  '/public/a%3bb',
  '/public/..;/x',
  '/public/a%3fb',
  '/public/a%23b',
  '/public/a#b',
  '/public//x',
  '//public/x',
  '/public/x//',
  '/public/%',
  '/public/%zz',
  '/public/%e',
  '/public/%u002e',
  '/public/<x>',
  '/public/"x"',
  '/public/{x}',
  '/public/x^',
  '/public/x|y',
  '/public/%7f',
  '/public/%0d%0ax',
  '/public/x%0a'
]
for (const path of spellings) {
  test(`F13 refuses the path ${JSON.stringify(path)}, and asks no upstream`, async (t) => {
    const before = upstream.seen.length

    const answer = await request(t, gateway.port, path, { headers: [bearer()] })

    assert.ok([400, 404].includes(answer.status), `status ${answer.status}`)
    assert.equal(answer.header('content-type'), 'application/problem+json')
    assert.equal(upstream.seen.length, before, upstream.seen.at(-1)?.target)
  })
}

test('F13 takes an encoded letter either as what it is or not at all', async (t) => {
  const before = upstream.seen.length
  const answer = await request(t, gateway.port, '/%70ublic/x')

  assert.ok([400, 404].includes(answer.status), `status ${answer.status}`)
  assert.equal(upstream.seen.length, before)
})
