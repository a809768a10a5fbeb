import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { ok, type Seen, startUpstream } from '../../harness/upstream.ts'

/** What RFC 9110 asks of an intermediary: it passes on what is not for it. */
const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**: { to: echo, allow: public }
`
)

type Context = Parameters<typeof request>[0]
type Options = Parameters<typeof request>[3]

/** The request as it reached the upstream. */
async function seenBy(t: Context, path: string, options: Options): Promise<Seen> {
  assert.equal((await request(t, gateway.port, path, options)).status, 200)
  return upstream.requests(path).at(-1) as Seen
}

const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n'
const trailers = ['x-end: 1', 'set-cookie: a=b', 'content-length: 3', 'request-user-id: 7']
for (const announced of [
  '',
  `trailer: ${trailers.map((line) => line.split(':')[0]).join(', ')}\r\n`
]) {
  test(`F12 drops the trailers of an answer${announced === '' ? '' : ' that announces them'}, and stays in step`, async (t) => {
    const path = `/public/trailers-${announced.length}`
    const body = `2\r\nok\r\n0\r\n${trailers.join('\r\n')}\r\n\r\n`
    upstream.answer(path, () => `${chunked}${announced}\r\n${body}`)
    const client = await connectRaw(t, gateway.port)
    let received = ''
    client.socket.on('data', (bytes) => {
      received += bytes
    })
    client.send(requestBytes(path))
    const answer = await client.answer()
    client.send(requestBytes('/public/next'))
    const next = await client.answer()

    assert.equal(answer.body.toString(), 'ok')
    assert.equal(next.status, 200)
    assert.doesNotMatch(received, /x-end|set-cookie|request-user-id|^trailer:/im)
    assert.equal(answer.header('content-length'), undefined)
  })
}

const ownVia = /^1\.1 gatehouse-[0-9a-f]{12}$/

test('F24 adds itself to via, behind the entries that are there', async (t) => {
  const none = await seenBy(t, '/public/via-none', {})
  const headers = ['via: 1.0 fred, 1.1 p.example', 'Via: HTTP/2 edge (x)']
  const some = await seenBy(t, '/public/via-some', { headers })

  const [alone = ''] = none.all('via')
  assert.match(alone, ownVia)
  assert.deepEqual(some.all('via'), [`1.0 fred, 1.1 p.example, HTTP/2 edge (x), ${alone}`])
})

test('F24 tells in via in which version of HTTP it was asked', async (t) => {
  const client = await connectRaw(t, gateway.port)
  client.send('GET /public/via-old HTTP/1.0\r\n\r\n')

  assert.equal((await client.answer()).status, 200)
  assert.match(upstream.requests('/public/via-old')[0]?.all('via')[0] ?? '', /^1\.0 gatehouse-/)
})

test('F51 answers 508 to a request of its own that came back', async (t) => {
  const seen = await seenBy(t, '/public/loop', {})

  const headers = [`via: 1.1 other, ${seen.all('via')[0]}, 1.1 third`]
  const answer = await request(t, gateway.port, '/public/loop', { headers })

  assert.equal(answer.status, 508)
  assert.equal(answer.json().type, '/problems/loop-detected')
  assert.equal(upstream.requests('/public/loop').length, 1)
})

test('F52 counts max-forwards down where it has a meaning, and leaves it alone elsewhere', async (t) => {
  const headers = ['max-forwards: 5']
  const options = await seenBy(t, '/public/hops', { method: 'OPTIONS', headers })
  const get = await seenBy(t, '/public/hops', { headers })
  const last = { method: 'OPTIONS', headers: ['max-forwards: 0'] }
  const answered = await request(t, gateway.port, '/public/last-hop', last)
  const traced = await request(t, gateway.port, '/public/trace', { method: 'TRACE', headers })

  assert.deepEqual(options.all('max-forwards'), ['4'])
  assert.deepEqual(get.all('max-forwards'), ['5'])
  assert.equal(answered.status, 204)
  assert.equal(traced.status, 405)
  assert.equal(upstream.requests('/public/last-hop').length, 0)
})

test('F25 forwards what a request is conditional on, byte for byte', async (t) => {
  const headers = [
    'if-match: "a", W/"b" ,"c"',
    'if-none-match: *',
    'if-modified-since: Sat, 29 Oct 1994 19:43:31 GMT',
    'if-unmodified-since: yesterday',
    'if-range: W/"x"'
  ]

  const seen = await seenBy(t, '/public/conditional', { headers })

  for (const line of headers)
    assert.ok(seen.text.toLowerCase().includes(`${line.toLowerCase()}\r\n`), line)
})

const passed: [string, string, string[], string][] = [
  [
    'part of a resource',
    '206 Partial Content',
    ['content-range: bytes 0-1/9', 'accept-ranges: bytes'],
    'ab'
  ],
  [
    'several parts',
    '206 Partial Content',
    ['content-type: multipart/byteranges; boundary=x'],
    '--x--'
  ],
  ['a range that there is not', '416 Range Not Satisfiable', ['content-range: bytes */9'], ''],
  ['that a condition does not hold', '412 Precondition Failed', ['etag: "2"'], 'no'],
  [
    'that nothing changed',
    '304 Not Modified',
    [
      'etag: W/"1"',
      'vary: accept',
      'cache-control: max-age=5',
      'expires: 0',
      'content-location: /public/x'
    ],
    ''
  ]
]
for (const [what, line, fields, body] of passed) {
  test(`F26 passes on ${what}`, async (t) => {
    const [status = ''] = line.split(' ')
    const path = `/public/${status}-${fields.length}`
    const bytes = ok(body, ...fields).replace('200 OK', line)
    upstream.answer(path, () =>
      status === '304' ? bytes.replace(/content-length: 0\r\n/, '') : bytes
    )
    const headers = ['range: bytes=0-1,4-', 'if-none-match: "1"']

    const answer = await request(t, gateway.port, path, { headers })

    assert.equal(answer.status, Number(status))
    assert.equal(answer.body.toString(), body)
    for (const field of fields) {
      const [name = '', value = ''] = field.split(/: (.*)/)
      assert.deepEqual(answer.all(name), [value])
    }
    for (const field of headers) assert.ok(upstream.requests(path)[0]?.text.includes(field))
  })
}
