import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type Filled, fillBacklog } from '../../harness/deaf.ts'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { requestBytes } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

const upstream = await startUpstream({ after })
const deaf: Filled = await fillBacklog({ after })
const gateway = await startGateway(
  { after },
  `
services:
  echo: { url: "${upstream.url}" }
  deaf: { url: "http://127.0.0.1:${deaf.port}" }
  late: { url: "http://127.0.0.1:${deaf.port}", connect_timeout: 300ms }
routes:
  ANY /one/**:   { to: echo, allow: public, timeout: 1s }
  ANY /tries/**: { to: echo, allow: public, timeout: 2s, attempt_timeout: 500ms }
  ANY /deaf/**:  { to: deaf, allow: public, timeout: 5s }
  ANY /late/**:  { to: late, allow: public, timeout: 1s }
`
)

type Context = Parameters<typeof connectRaw>[0]

/** What came of a request, and after how many ms. */
async function timed(t: Context, path: string, method = 'GET') {
  const client = await connectRaw(t, gateway.port)
  const started = performance.now()
  client.send(requestBytes(path, { method }))
  const answer = await client.answer()
  return { client, answer, took: performance.now() - started }
}

/** From 10 % less; the upper bound is for a machine that has other things to do. */
function assertTook(took: number, ms: number) {
  assert.ok(took > ms * 0.9, `took ${took} ms`)
  assert.ok(took < ms * 1.1 + 1000, `took ${took} ms`)
}

test('G1 answers 504 when the time of the line is over', async (t) => {
  upstream.answer('/one/never', () => undefined)

  const { answer, took } = await timed(t, '/one/never')

  assert.equal(answer.status, 504)
  assertTook(took, 1000)
  assert.equal(upstream.requests('/one/never').length, 1)
})

test('G1 breaks off an answer that only trickles when the time of the line is over', async (t) => {
  upstream.answer('/one/trickle', async (_seen, socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n')
    while (socket.writable) {
      socket.write('x')
      await setTimeout(50)
    }
  })

  const { answer, took } = await timed(t, '/one/trickle')

  assert.equal(answer.status, 200)
  assert.equal(answer.complete, false)
  assertTook(took, 1000)
})

test('G1 F7 breaks off an answer that stops in the middle', async (t) => {
  upstream.answer('/one/stops', () => 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')

  const { answer, took } = await timed(t, '/one/stops')

  assert.equal(answer.complete, false)
  assert.equal(answer.body.toString(), 'half')
  assertTook(took, 1000)
})

test('G35 lets a large answer take longer as long as it moves', async (t) => {
  const part = Buffer.alloc(2048, 'x')
  upstream.answer('/one/moves', async (_seen, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${part.length * 20}\r\n\r\n`)
    for (let sent = 0; sent < 20; sent += 1) {
      await setTimeout(125)
      socket.write(part)
    }
  })

  const { answer, took } = await timed(t, '/one/moves')

  assert.equal(answer.complete, true)
  assert.ok(took > 2000, `took ${took} ms`)
})

test('G1 asks a GET once more when a try has had its time, all within the time of the line', async (t) => {
  upstream.answer('/tries/second', () => {
    if (upstream.requests('/tries/second').length > 1) return ok('second')
  })

  const { answer, took } = await timed(t, '/tries/second')

  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), 'second')
  assertTook(took, 525)
})

test('G1 G4 gives up after three tries', async (t) => {
  upstream.answer('/tries/never', () => undefined)

  const { answer, took } = await timed(t, '/tries/never')

  assert.equal(answer.status, 504)
  assert.equal(upstream.requests('/tries/never').length, 3)
  assert.ok(took > 1400 && took < 3100, `took ${took} ms`)
})

test('G1 G2 answers a POST 504 when its one try has had its time', async (t) => {
  upstream.answer('/tries/post', () => undefined)

  const { answer, took } = await timed(t, '/tries/post', 'POST')

  assert.equal(answer.status, 504)
  assert.equal(upstream.requests('/tries/post').length, 1)
  assertTook(took, 500)
})

for (const [path, ms, tries] of [
  ['/deaf/x', 1000, 3],
  ['/late/x', 300, 3]
] as const) {
  test(`G1 gives a connection ${ms} ms, and answers 504`, async (t) => {
    if (!deaf.isFull) return t.skip('this kernel takes connections for a server that takes none')

    const { answer, took } = await timed(t, path)

    assert.equal(answer.status, 504)
    const least = Math.min(ms * tries, path === '/late/x' ? 1000 : 5000)
    assert.ok(took > least * 0.9 && took < least * 1.1 + 400, `took ${took} ms`)
  })
}
