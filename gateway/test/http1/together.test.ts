import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { HttpPool } from '@gatehouse/http1-client/pool'
import type { Body, Sink } from '@gatehouse/http1-client/request'
import { until } from '@gatehouse/service-kit/testing'

type Writing = Socket & { _writev: NonNullable<Socket['_writev']> }
type Given = Parameters<Writing['_write']>
type GivenAll = Parameters<Writing['_writev']>

/** A server that answers once it has read what ends a request, and what went to it in one system call each. */
async function startReader(t: TestContext, end: string) {
  const pieces: string[] = []
  let received = ''
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      if (received.endsWith(end)) socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  // The kernel may join what was sent apart, so it is counted where Node hands it over.
  const prototype = Socket.prototype as Writing
  const { _write: write, _writev: writev } = prototype
  t.mock.method(prototype, '_write', function (this: Socket, ...given: Given) {
    if (this.remotePort === port) pieces.push(`${given[0]}`)
    write.apply(this, given)
  })
  t.mock.method(prototype, '_writev', function (this: Socket, ...given: GivenAll) {
    if (this.remotePort === port) pieces.push(given[0].map(({ chunk }) => `${chunk}`).join(''))
    writev.apply(this, given)
  })
  const options = { connections: 1, connectTimeoutMs: 1000, keepAliveMs: 1000 }
  const pool = new HttpPool(`http://127.0.0.1:${port}`, options)
  t.after(() => {
    void pool.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { pool, pieces }
}

function post(pool: HttpPool, headers: string, body: Body): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', path: '/', headers, body }
    pool.dispatch(options, {
      onResponseEnd: () => resolve(),
      onResponseError: (_controller, error) => reject(error)
    })
  })
}

function send(sink: Sink) {
  sink.data(Buffer.from('body'))
  sink.end()
}

/** A body that is sent as soon as it is asked for, or where `sendTo` says. */
const bodyBy = (sendTo: Body['sendTo']): Body => ({ sendTo, resume() {}, destroy() {} })
const ready = () => bodyBy((sink) => process.nextTick(send, sink))

test('a body that is there leaves in one piece with its header section', async (t) => {
  const { pool, pieces } = await startReader(t, '\r\n\r\nbody')

  await post(pool, 'content-length: 4\r\n', ready())

  assert.equal(pieces.length, 1)
  assert.match(pieces[0] ?? '', /^POST \/ HTTP\/1\.1\r\n.*\r\n\r\nbody$/s)
})

test('so does the first chunk of one that is not counted', async (t) => {
  const { pool, pieces } = await startReader(t, '0\r\n\r\n')

  await post(pool, '', ready())

  assert.match(pieces[0] ?? '', /\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n/)
})

test('a header section does not wait for a body that is not there', async (t) => {
  const { pool, pieces } = await startReader(t, 'body')
  const { promise: asked, resolve: ask } = Promise.withResolvers<Sink>()
  const answered = post(pool, 'content-length: 4\r\n', bodyBy(ask))

  await until(() => pieces.length > 0, 'the header section')
  assert.match(pieces[0] ?? '', /\r\n\r\n$/)
  send(await asked)

  await answered
  assert.equal(pieces[1], 'body')
})
