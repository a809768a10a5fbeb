import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { startBareTlsUpstream } from '../../harness/tls-upstream.ts'
import { startTrusting } from '../../harness/trusting.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

const plain = await startUpstream({ after })
const secure = await startBareTlsUpstream({ after })
const gateway = await startTrusting(
  { after },
  `
services: { plain: { url: "${plain.url}" }, secure: { url: "${secure.url}" } }
routes:
  ANY /plain/**:         { to: plain,  allow: public }
  ANY /secure/**:        { to: secure, allow: public }
  GET /plain-events/**:  { to: plain,  allow: public, stream: sse }
  GET /secure-events/**: { to: secure, allow: public, stream: sse }
`
)
const ways = [
  ['in the clear', '/plain', plain],
  ['from behind TLS', '/secure', secure],
  ['of a stream', '/plain-events', plain],
  ['of a stream from behind TLS', '/secure-events', secure]
] as const

const sized = 'content-length: 2\r\n\r\nok'
const chunked = 'transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'
const nonsense = Object.entries({
  'HTTP/1.0 in chunks': `HTTP/1.0 200 OK\r\n${chunked}`,
  'HTTP/2.0': `HTTP/2.0 200 OK\r\n${sized}`,
  'HTTP/0.9': `HTTP/0.9 200 OK\r\n${sized}`,
  RTSP: `RTSP/1.0 200 OK\r\n${sized}`,
  ICE: `ICE/1.0 200 OK\r\n${sized}`,
  'a NUL in its phrase': `HTTP/1.1 200 O\0K\r\n${sized}`,
  'a phrase of 40,000 bytes': `HTTP/1.1 200 ${'x'.repeat(40_000)}\r\n${sized}`,
  'a status of two digits': `HTTP/1.1 20 OK\r\n${sized}`,
  'a line without a colon': `HTTP/1.1 200 OK\r\njunk\r\n${sized}`,
  'a folded line': `HTTP/1.1 200 OK\r\nx: a\r\n b\r\n${sized}`,
  'a length and chunks': `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${chunked}`,
  'two lengths': `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${sized}`,
  'a protocol that nobody asked for': 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'
})

for (const [where, base, upstream] of ways) {
  test(`F6 answers 502 to nonsense ${where}`, async (t) => {
    for (const [index, [what, bytes]] of nonsense.entries()) {
      const path = `${base}/${index}`
      upstream.answer(path, () => Buffer.from(bytes, 'latin1'))

      const answer = await request(t, gateway.port, path)

      assert.equal(answer.status, 502, what)
      assert.equal(answer.header('content-type'), 'application/problem+json', what)
      assert.equal(upstream.requests(path).length, 1, what)
    }
  })

  test(`F7 breaks off where an answer ${where} does`, async (t) => {
    for (const framing of ['content-length: 9', 'transfer-encoding: chunked']) {
      const path = `${base}/short`
      upstream.answer(path, (_seen, socket) => {
        socket.end(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n5\r\nhello`)
      })

      const answer = await request(t, gateway.port, path)

      assert.equal(answer.status, 200)
      assert.equal(answer.complete, false)
    }
  })

  test(`F8 passes nothing behind an answer ${where}, nor uses its connection again`, async (t) => {
    upstream.answer(`${base}/more`, () => `${ok('one')}${ok('two')}`)

    const first = await request(t, gateway.port, `${base}/more`)
    const second = await request(t, gateway.port, `${base}/then`)

    assert.equal(first.status, 200)
    assert.equal(first.body.toString(), 'one')
    assert.equal(second.body.toString(), 'ok')
    const [more, then] = [`${base}/more`, `${base}/then`].map((path) => upstream.requests(path)[0])
    assert.notEqual(more?.connection, then?.connection)
  })

  test(`F21 brings an answer ${where} whole to a client that reads now and then`, async (t) => {
    const body = randomBytes(8 * 1024 * 1024)
    const head = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`)
    upstream.answer(`${base}/large`, () => Buffer.concat([head, body]))
    const client = await connectRaw(t, gateway.port)
    client.send(requestBytes(`${base}/large`))

    for (let turn = 0; turn < 10; turn += 1) {
      client.socket.pause()
      await setTimeout(20)
      client.socket.resume()
      await setTimeout(5)
    }
    const answer = await client.answer()

    assert.equal(answer.status, 200)
    assert.ok(answer.body.equals(body))
  })

  test(`F11 skips interim answers ${where}`, async (t) => {
    upstream.answer(`${base}/go-on`, () => `HTTP/1.1 100 Continue\r\n\r\n${ok('done')}`)

    const answer = await request(t, gateway.port, `${base}/go-on`)

    assert.equal(answer.status, 200)
    assert.equal(answer.body.toString(), 'done')
  })

  test(`uses a connection again after an answer ${where}`, async (t) => {
    for (let turn = 0; turn < 3; turn += 1)
      assert.equal((await request(t, gateway.port, `${base}/again`)).status, 200)

    const used = upstream.requests(`${base}/again`).map(({ connection }) => connection)
    assert.equal(new Set(used).size, 1)
  })
}
