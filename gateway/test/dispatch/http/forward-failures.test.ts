import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { quietPort } from '../../harness/quiet-port.ts'
import { type Answer, connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { startUpstream } from '../../harness/upstream.ts'

const freePort = await quietPort()

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services:
  echo:    { url: "${upstream.url}" }
  refused: { url: "http://127.0.0.1:${freePort}" }
  unknown: { url: "http://no-such-host.invalid:8000" }
routes:
  ANY /public/**:  { to: echo, allow: public }
  ANY /quick/**:   { to: echo, allow: public, timeout: 300ms }
  ANY /refused/**: { to: refused, allow: public }
  ANY /unknown/**: { to: unknown, allow: public }
`
)

function assertProblem(answer: Answer, status: number) {
  assert.equal(answer.status, status)
  assert.equal(answer.header('content-type'), 'application/problem+json')
  assert.equal(answer.header('content-length'), `${answer.body.length}`)
  const { type, title, status: told, detail, request_id, ...rest } = answer.json()
  assert.match(String(type), /^\/problems\/[a-z-]+$/)
  assert.ok(title && detail, `${title}, ${detail}`)
  assert.equal(told, status)
  assert.equal(request_id, answer.header('request-id'))
  assert.deepEqual(rest, {})
  const leak = new RegExp(
    `${upstream.port}|${freePort}|127\\.0\\.0\\.1|ECONN|UND_ERR|invalid\\b| at .*:`
  )
  assert.ok(!leak.test(answer.body.toString()), answer.body.toString())
}

for (const path of ['/refused/x', '/unknown/x']) {
  for (const method of ['GET', 'POST']) {
    test(`F32 answers 502 to ${method} ${path}, whose upstream cannot be reached`, async (t) => {
      const answer = await request(t, gateway.port, path, { method, body: 'x' })

      assertProblem(answer, 502)
    })
  }
}

const broken: [string, string | null][] = [
  ['closes without a byte', ''],
  ['resets', null],
  ['sends half a head', 'HTTP/1.1 200 OK\r\ncontent-le'],
  ['sends junk', 'this is no HTTP\r\n\r\n'],
  ['sends two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'],
  ['sends a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: 1x\r\n\r\nx'],
  ['sends an unknown coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: what\r\n\r\nx'],
  [
    'sends length and chunks',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'
  ],
  ['sends 103 only', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'],
  ['sends too long a head', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`]
]
for (const [how, bytes] of broken) {
  test(`F6 answers 502 to an upstream that ${how}`, async (t) => {
    const path = `/public/broken-${how.replaceAll(' ', '-')}`
    upstream.answer(path, (_seen, socket) => {
      if (bytes === null) socket.resetAndDestroy()
      else socket.end(bytes)
    })

    const answer = await request(t, gateway.port, path, { method: 'POST', body: 'x' })

    assertProblem(answer, 502)
    assert.equal(upstream.requests(path).length, 1)
  })
}

const truncated: [string, (socket: Socket) => void][] = [
  ['half its length', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')],
  [
    'no last chunk',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n')
  ],
  [
    'a bad chunk',
    (socket) =>
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n')
  ],
  [
    'a trailer that is none',
    (socket) =>
      socket.end(
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\nX-T: v\r\n \r\n'
      )
  ]
]
for (const [how, write] of truncated) {
  test(`F7 breaks the answer of an upstream that sends ${how}`, async (t) => {
    const path = `/public/truncated-${how.replaceAll(' ', '-')}`
    upstream.answer(path, (_seen, socket) => write(socket))
    const client = await connectRaw(t, gateway.port)
    client.send(requestBytes(path))

    const outcome = await client.answer().catch(() => null)

    assert.ok(await client.closed())
    if (outcome?.status === 502) return
    assert.equal(outcome?.complete ?? false, false, `${outcome?.text}${outcome?.body}`)
  })
}

for (const version of ['1.0', '1.1'])
  test(`F7 gives an HTTP/${version} client all that came of a response with a length that breaks`, async (t) => {
    const part = Buffer.alloc(2 * 1024 * 1024, 'x')
    const path = `/public/broken-length-${version}`
    upstream.answer(path, (_seen, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${part.length + 1}\r\n\r\n`)
      socket.end(part)
    })
    const client = await connectRaw(t, gateway.port)
    client.socket.pause()
    client.send(requestBytes(path).toString().replace('HTTP/1.1', `HTTP/${version}`))
    await upstream.saw(path)
    client.socket.resume()

    const answer = await client.answer()

    assert.equal(await client.closed(), 'end')
    assert.equal(answer.complete, false)
    assert.equal(answer.body.length, part.length)
  })

test('F7 breaks the answer of an upstream that resets in the middle', async (t) => {
  const gate = Promise.withResolvers<void>()
  upstream.answer('/public/reset', async (_seen, socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
    await gate.promise
    socket.resetAndDestroy()
  })
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/public/reset'))
  await client.partial(({ body }) => body.toString() === 'half')
  gate.resolve()

  const answer = await client.answer()

  assert.equal(answer.status, 200)
  assert.equal(answer.complete, false)
})

test('F8 never passes bytes after the end of an answer, nor reuses their connection', async (t) => {
  const extra = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison'
  upstream.answer('/public/extra', () => `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok${extra}`)
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/public/extra'))

  const first = await client.answer()
  const next = await request(t, gateway.port, '/public/after-extra')

  assert.ok([200, 502].includes(first.status), `status ${first.status}`)
  assert.ok(!first.body.includes('poison'))
  assert.equal(next.status, 200)
  assert.equal(next.body.toString(), 'ok')
  const [one, two] = ['/public/extra', '/public/after-extra'].map(
    (path) => upstream.requests(path)[0]
  )
  assert.notEqual(one?.connection, two?.connection)
})

test('F32 answers 504 when the upstream takes longer than the line allows', async (t) => {
  upstream.answer('/quick/never', () => undefined)
  const started = performance.now()

  const answer = await request(t, gateway.port, '/quick/never')

  assertProblem(answer, 504)
  const took = performance.now() - started
  assert.ok(took > 250 && took < 4000, `took ${took} ms`)
})

for (const [when, head] of [
  ['before the answer', ''],
  ['in the middle of the answer', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf']
] as const) {
  test(`F22 cancels the upstream within a second when the client leaves ${when}`, async (t) => {
    const path = `/public/left-${head.length}`
    const gone = Promise.withResolvers<number>()
    upstream.answer(path, (_seen, socket) => {
      socket.on('close', () => gone.resolve(performance.now()))
      return head
    })
    const client = await connectRaw(t, gateway.port)
    client.send(requestBytes(path))
    await upstream.saw(path)
    if (head !== '') await client.partial(({ body }) => body.length === 4)

    const left = performance.now()
    client.abort()

    assert.ok((await gone.promise) - left < 1000)
    assert.equal(upstream.requests(path).length, 1)
  })
}

test('F22 aborts the upstream when the client leaves in the middle of its body', async (t) => {
  const gone = Promise.withResolvers<void>()
  upstream.atHead('/public/left-body', (_seen, socket) => {
    socket.on('close', gone.resolve)
  })
  const client = await connectRaw(t, gateway.port)
  const headers = ['content-length: 100000']
  client.send(requestBytes('/public/left-body', { method: 'POST', headers, body: 'half' }))
  await upstream.saw('/public/left-body', ({ body }) => body.length === 4)
  client.abort()

  await gone.promise
  assert.equal(upstream.requests('/public/left-body')[0]?.complete, false)
})
