import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { requestBytes } from '../../harness/request.ts'
import { startUpstream } from '../../harness/upstream.ts'

type Context = Parameters<typeof connectRaw>[0]

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { feed: { url: "${upstream.url}" } }
routes:
  ANY /**: { to: feed, allow: public, stream: sse, idle_timeout: 100ms }
`
)
const bom = Buffer.from('\ufeff')
const headSection =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

/** One chunk of the upstream's (RFC 9112 7.1). */
function chunk(data: string | Buffer) {
  const bytes = Buffer.from(data)
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n')
  ])
}

/** An open stream: the client, and the upstream's end with the way to write to it. */
async function openStream(t: Context, method = 'GET') {
  const opened = Promise.withResolvers<Socket>()
  const path = `/events-${upstream.connections()}`
  upstream.answer(path, (_seen, socket) => {
    socket.write(headSection)
    opened.resolve(socket)
  })
  const client = await connectRaw(t, gateway.port, { methods: [method] })
  client.send(requestBytes(path, { method, ...(method === 'POST' && { body: '{}' }) }))
  const socket = await opened.promise
  assert.equal((await client.partial()).status, 200)
  const until = (text: string) => client.partial(({ body }) => body.includes(text))
  return { client, until, write: (data: string | Buffer) => socket.write(chunk(data)) }
}

test('F56 fills the silence of a stream that is asked for by POST', async (t) => {
  const { write, until } = await openStream(t, 'POST')
  await until(':\n\n:\n\n')

  write('data: 1\n\n')
  const { body } = await until('data: 1\n\n:\n\n')

  assert.match(body.toString(), /^(:\n\n)+data: 1\n\n(:\n\n)+$/)
})

for (const line of [
  ': hi\n',
  'retry: 3000\n',
  'id: 7\n',
  'id: 7\r\n',
  'data: a\n',
  '\ufeff: hi\n'
]) {
  test(`F56 fills the silence after ${JSON.stringify(line)}, and ends no event by it`, async (t) => {
    const { write, until } = await openStream(t)

    write(line)
    await until(`${line}:\n:\n`)
    write('data: b\n\n')
    const { body } = await until('data: b\n\n:\n\n')

    assert.match(body.toString().replace(line, ''), /^(:\n)+data: b\n\n(:\n\n)+$/)
  })
}

/** Where no comment may stand: within a line, or where a line feed may still belong to the line's end. */
for (const part of ['data: a', 'data: a\r', 'id: 1\r\n\r', ':']) {
  test(`F56 says nothing after ${JSON.stringify(part)}`, async (t) => {
    const { client, write, until } = await openStream(t)

    write(part)
    await until(part)
    await wait(350)
    const { body } = await client.partial()

    assert.equal(body.toString(), part)
  })
}

const parts: [string, Buffer[]][] = [
  ['in one piece', [Buffer.concat([bom, Buffer.from('data: 1\n\n')])]],
  ['alone', [bom, Buffer.from('data: 1\n\n')]],
  ['split', [bom.subarray(0, 1), Buffer.concat([bom.subarray(1), Buffer.from('data: 1\n\n')])]],
  ['byte by byte', [...[0, 1, 2].map((at) => bom.subarray(at, at + 1)), Buffer.from('data: 1\n\n')]]
]
for (const [how, pieces] of parts) {
  test(`F56 leaves a byte order mark out that would come after a comment: ${how}`, async (t) => {
    const { write, until } = await openStream(t)
    await until(':\n\n')

    for (const piece of pieces) {
      write(piece)
      await wait(20)
    }
    const { body } = await until('data: 1\n\n')

    assert.match(body.toString(), /^(:\n\n)+data: 1\n\n(:\n\n)*$/)
  })

  test(`F56 passes a byte order mark at the very beginning: ${how}`, async (t) => {
    const { write, until } = await openStream(t)

    for (const piece of pieces) {
      write(piece)
      await wait(20)
    }
    const { body } = await until('data: 1\n\n')

    assert.match(body.toString('latin1'), /^\xef\xbb\xbfdata: 1\n\n(:\n\n)*$/)
  })
}

for (const piece of [Buffer.from([0xef]), bom.subarray(0, 2)]) {
  test(`F56 keeps what is no byte order mark: ${piece.toString('hex')}`, async (t) => {
    const { write, until } = await openStream(t)
    await until(':\n\n')

    write(piece)
    await wait(20)
    write(': x\n\n')
    const { body } = await until(': x\n\n')

    assert.ok(body.includes(Buffer.concat([Buffer.from(':\n\n'), piece, Buffer.from(': x\n\n')])))
  })
}

test('F56 passes a second byte order mark, and one later on, as they are', async (t) => {
  const { write, until } = await openStream(t)
  await until(':\n\n')

  write(Buffer.concat([bom, bom, Buffer.from('x\n\n')]))
  await until('x\n\n')
  write(Buffer.concat([bom, Buffer.from('y\n\n')]))
  const { body } = await until('y\n\n')

  assert.match(body.toString('latin1'), /^(:\n\n)+\xef\xbb\xbfx\n\n(:\n\n)*\xef\xbb\xbfy\n\n/)
})

test('F9 writes no comment into the answer to HEAD', async (t) => {
  upstream.answer('/head', () => headSection)
  const client = await connectRaw(t, gateway.port, { methods: ['HEAD', 'GET'] })
  client.send(requestBytes('/head', { method: 'HEAD' }))

  const answer = await client.answer()
  await wait(300)
  client.send(requestBytes('/head'))
  const next = await client.partial(({ body }) => body.length > 0)

  assert.equal(answer.status, 200)
  assert.equal(next.status, 200)
  assert.match(next.body.toString(), /^(:\n\n)+$/)
})
