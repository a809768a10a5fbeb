import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { ok, type Seen, startUpstream } from '../../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**: { to: echo, allow: public, body: 10mb }
`
)
const own = /^(x-forwarded-|forwarded$|via$|traceparent$|tracestate$|request-|host$|connection$)/i
const sentHeaders = ({ headers }: Seen) => headers.filter(([name]) => !own.test(name))
const lines = (headers: readonly (readonly [string, string])[]) =>
  headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`)

test('F2 keeps repeated fields of a request repeated and in order', async (t) => {
  const headers = ['x-foo: 1', 'x-bar: a', 'x-foo: 2', 'X-Foo: 1', 'accept: a/b', 'accept: c/d']

  const answer = await request(t, gateway.port, '/public/repeated', { headers })

  assert.equal(answer.status, 200)
  const [seen] = upstream.requests('/public/repeated')
  assert.deepEqual(
    lines(sentHeaders(seen as Seen)),
    headers.map((line) => line.toLowerCase())
  )
})

test('F2 joins cookie lines', async (t) => {
  const headers = ['cookie: a=1', 'cookie: b=2; c=3']

  const answer = await request(t, gateway.port, '/public/cookies', { headers })

  assert.equal(answer.status, 200)
  assert.equal(upstream.requests('/public/cookies')[0]?.all('cookie').join('; '), 'a=1; b=2; c=3')
})

test('F2 keeps repeated fields of an answer repeated and in order', async (t) => {
  const cookies = ['a=1; Path=/, x', 'b=2', 'a=1; Path=/, x']
  const fields = [
    'x-foo: 1',
    ...cookies.map((c) => `Set-Cookie: ${c}`),
    'vary: a',
    'vary: b',
    'x-foo: 2'
  ]
  upstream.answer('/public/answers', () => ok('x', ...fields))

  const answer = await request(t, gateway.port, '/public/answers')

  assert.equal(answer.status, 200)
  assert.deepEqual(answer.all('set-cookie'), cookies)
  assert.deepEqual(answer.all('x-foo'), ['1', '2'])
  assert.deepEqual(answer.all('vary').slice(0, 2), ['a', 'b'])
})

const hopByHop = [
  'keep-alive: timeout=5',
  'proxy-connection: keep-alive',
  'te: trailers',
  'upgrade: h2c',
  'trailer: x-end',
  'x-named: 1',
  'x-also: 2'
]
const hopNames = hopByHop.map((line) => line.split(':')[0] as string)

test('F1 takes hop-by-hop fields and those that connection names out of a request', async (t) => {
  const headers = ['connection: keep-alive, X-Named,x-also , te', ...hopByHop, 'x-kept: 1']
  const auth = 'proxy-authorization: Basic eA=='

  const answer = await request(t, gateway.port, '/public/hop', { headers: [...headers, auth] })

  assert.equal(answer.status, 200)
  const [seen] = upstream.requests('/public/hop')
  for (const name of [...hopNames, 'proxy-authorization']) {
    assert.deepEqual(seen?.all(name), [], name)
  }
  assert.deepEqual(seen?.all('x-kept'), ['1'])
})

test('F1 takes hop-by-hop fields and those that connection names out of an answer', async (t) => {
  const fields = [
    'connection: x-named, X-Also',
    ...hopByHop.filter((l) => !l.startsWith('upgrade'))
  ]
  upstream.answer('/public/hop-back', () => ok('x', ...fields, 'x-kept: 1'))

  const answer = await request(t, gateway.port, '/public/hop-back')

  assert.equal(answer.status, 200)
  for (const name of hopNames.filter((name) => name !== 'keep-alive')) {
    assert.deepEqual(answer.all(name), [], name)
  }
  assert.ok(!answer.all('keep-alive').includes('timeout=5'))
  assert.deepEqual(answer.all('x-kept'), ['1'])
})

const large = Buffer.alloc(5_000_000, 'large body ')
const chunked = (body: Buffer, size: number) => {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size)
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
const bodies: [string, string, string[], Buffer, Buffer][] = [
  ['POST', 'with a length', [], Buffer.from('hello'), Buffer.from('hello')],
  ['POST', 'of no bytes', [], Buffer.alloc(0), Buffer.alloc(0)],
  ['POST', 'of 5 MB', [], large, large],
  ['PUT', 'in chunks', ['transfer-encoding: chunked'], chunked(large, 70_000), large],
  [
    'PATCH',
    'in one chunk',
    ['Transfer-Encoding: Chunked'],
    chunked(Buffer.from('x'), 1),
    Buffer.from('x')
  ],
  ['GET', 'on a GET', [], Buffer.from('get'), Buffer.from('get')],
  [
    'DELETE',
    'on a DELETE',
    ['transfer-encoding: chunked'],
    chunked(Buffer.from('abc'), 1),
    Buffer.from('abc')
  ],
  [
    'POST',
    'of JSON',
    ['content-type: application/json'],
    Buffer.from('{"a":'),
    Buffer.from('{"a":')
  ]
]
for (const [index, [method, how, headers, body, expected]] of bodies.entries()) {
  test(`F5 forwards a body ${how} as it is, framed once`, async (t) => {
    const path = `/public/body-${index}`

    const answer = await request(t, gateway.port, path, { method, headers, body })

    assert.equal(answer.status, 200)
    const [seen] = upstream.requests(path)
    assert.equal(seen?.complete, true)
    assert.ok(seen?.body.equals(expected), `${seen?.body.length} of ${expected.length} bytes`)
    const framing = [
      ...(seen?.all('content-length') ?? []),
      ...(seen?.all('transfer-encoding') ?? [])
    ]
    assert.equal(framing.length, 1, framing.join())
  })
}

test('forwards a large answer as it is, with a length and in chunks', async (t) => {
  upstream.answer('/public/large', (_seen, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${large.length}\r\n\r\n`)
    socket.write(large)
  })
  upstream.answer('/public/large-chunked', (_seen, socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
    socket.write(chunked(large, 100_000))
  })

  for (const path of ['/public/large', '/public/large-chunked']) {
    const answer = await request(t, gateway.port, path)

    assert.equal(answer.status, 200)
    assert.ok(answer.complete && answer.body.equals(large), `${path}: ${answer.body.length} bytes`)
  }
})

test('F29 passes the first bytes of an answer before its last are written', async (t) => {
  const gate = Promise.withResolvers<void>()
  upstream.answer('/public/slowly', async (_seen, socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n')
    await gate.promise
    socket.write('4\r\nlast\r\n0\r\n\r\n')
  })
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/public/slowly'))

  const partial = await client.partial(({ body }) => body.toString() === 'first')
  const early = partial.complete
  gate.resolve()
  const answer = await client.answer()

  assert.equal(answer.status, 200)
  assert.equal(early, false)
  assert.equal(answer.body.toString(), 'firstlast')
})

test('passes the first bytes of a large body before its last are sent', async (t) => {
  const client = await connectRaw(t, gateway.port, { methods: ['POST'] })
  const last = 'l'.repeat(100_000)
  const head = { method: 'POST', headers: [`content-length: ${5 + last.length}`], body: 'first' }
  client.send(requestBytes('/public/upload', head))

  const seen = await upstream.saw('/public/upload', ({ body }) => body.toString() === 'first')
  const early = seen.complete
  client.send(last)
  const answer = await client.answer()

  assert.equal(answer.status, 200)
  assert.equal(early, false)
  assert.equal(seen.body.toString(), `first${last}`)
})

test('F48 answers a client that half-closes after its request', async (t) => {
  const client = await connectRaw(t, gateway.port, { methods: ['POST'] })
  client.send(requestBytes('/public/half', { method: 'POST', body: 'x' }))
  client.end()

  const answer = await client.answer()

  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), 'ok')
})

test('F30 leaves encoded bodies and their negotiation alone', async (t) => {
  upstream.answer('/public/gzip', () =>
    ok('not really gzip', 'content-encoding: gzip', 'etag: "1"')
  )
  const headers = ['accept-encoding: gzip, br;q=0.5', 'if-none-match: "2"', 'range: bytes=0-4']

  const answer = await request(t, gateway.port, '/public/gzip', { headers })

  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), 'not really gzip')
  assert.equal(answer.header('content-encoding'), 'gzip')
  assert.equal(answer.header('etag'), '"1"')
  const [seen] = upstream.requests('/public/gzip')
  for (const line of headers) assert.ok(lines(seen?.headers ?? []).includes(line), line)
})
