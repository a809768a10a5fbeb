import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}", strip: /api } }
routes: { ANY /api/**: { to: echo, allow: public } }
`
)
const goOn = 'HTTP/1.1 100 Continue\r\n\r\n'

for (const [index, [how, parts]] of (
  [
    ['together with the answer', [goOn + ok('done')]],
    ['before the answer', [goOn, ok('done')]],
    ['twice', [goOn + goOn, ok('done')]],
    ['with fields', ['HTTP/1.1 100 Continue\r\nx: y\r\n\r\n', ok('done')]],
    ['in pieces', ['HTTP/1.1 100 Con', 'tinue\r\n', '\r\nHTTP/1.1 2', ok('done').slice(10)]]
  ] as const
).entries()) {
  test(`F11 skips a 100 that nobody asked for, sent ${how}`, async (t) => {
    const path = `/go-on-${index}`
    upstream.answer(path, async (_seen, socket) => {
      for (const part of parts) {
        socket.write(part)
        await setTimeout(20)
      }
    })
    for (const method of ['GET', 'POST']) {
      const answer = await request(t, gateway.port, `/api${path}`, { method, body: 'x' })

      assert.equal(answer.status, 200)
      assert.equal(answer.body.toString(), 'done')
    }
    assert.equal(upstream.requests(path).length, 2)
  })
}

test('F11 leaves a body alone that looks like a 100', async (t) => {
  upstream.answer('/looks', async (_seen, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${goOn.length}\r\n\r\n`)
    await setTimeout(30)
    socket.write(goOn)
  })

  const answer = await request(t, gateway.port, '/api/looks')

  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), goOn)
})

test('F37 F33 passes a 103, with its links as the client finds them', async (t) => {
  const link = `</a.css>; rel="preload"; as=style, <${upstream.url}/b>; rel=preload`
  upstream.answer('/early', async (_seen, socket) => {
    socket.write(`HTTP/1.1 103 Early Hints\r\nlink: ${link}\r\nx-inner: 1\r\n\r\n`)
    await setTimeout(30)
    socket.write(ok('done'))
  })
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/api/early'))

  const answer = await client.answer()

  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), 'done')
  assert.deepEqual(
    client.informational.map(({ text }) => text),
    [
      'HTTP/1.1 103 Early Hints\r\nlink: </api/a.css>; rel="preload"; as=style, </api/b>; rel=preload\r\n\r\n'
    ]
  )
})

for (const status of [102, 199]) {
  test(`F11 skips a ${status}`, async (t) => {
    upstream.answer(`/${status}`, () => `HTTP/1.1 ${status} X\r\n\r\n${ok('done')}`)
    const client = await connectRaw(t, gateway.port)
    client.send(requestBytes(`/api/${status}`))

    const answer = await client.answer()

    assert.equal(answer.status, 200)
    assert.equal(client.informational.length, 0)
  })
}

test('F7 breaks an answer off that ends with its connection, where that is reset', async (t) => {
  upstream.answer('/reset', async (_seen, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhalf')
    await setTimeout(50)
    socket.resetAndDestroy()
  })

  const answer = await request(t, gateway.port, '/api/reset')

  assert.equal(answer.status, 200)
  assert.equal(answer.complete, false)
})

test('F7 never closes without a word where the body is broken from its first byte', async (t) => {
  upstream.answer('/bad', () => 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n')

  const answer = await request(t, gateway.port, '/api/bad')

  assert.equal(answer.complete, false)
})

test('F6 answers 502 to an upstream that says twice that it sends chunks', async (t) => {
  const chunked = 'transfer-encoding: chunked\r\n'
  upstream.answer('/twice', () => `HTTP/1.1 200 OK\r\n${chunked}${chunked}\r\n0\r\n\r\n`)

  const answer = await request(t, gateway.port, '/api/twice', { method: 'POST', body: 'x' })

  assert.equal(answer.status, 502)
  assert.equal(upstream.requests('/twice').length, 1)
})
