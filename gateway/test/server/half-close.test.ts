import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { requestBytes } from '../harness/request.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  GET /**:     { to: echo, allow: public }
  GET /events: { to: echo, allow: public, stream: sse }
`
)
const head = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n'

/** A client that sends its FIN so long after its request. */
async function halfClosing(t: TestContext, path: string, ms: number) {
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes(path))
  await setTimeout(ms)
  client.end()
  return client
}

for (const [afterMs, headMs] of [
  [0, 0],
  [100, 0],
  [0, 300],
  [100, 300]
] as const) {
  test(`F48 answers who half-closes after ${afterMs} ms where the head comes after ${headMs} ms, the body later`, async (t) => {
    const path = `/late-${afterMs}-${headMs}`
    upstream.answer(path, async (_seen, socket) => {
      await setTimeout(headMs)
      socket.write(head)
      await setTimeout(1200 - headMs)
      socket.write('body')
    })
    const client = await halfClosing(t, path, afterMs)

    const answer = await client.answer()

    assert.equal(answer.body.toString(), 'body')
  })
}

test('F48 does not take a pause of the upstream for the end of a client that half-closed', async (t) => {
  upstream.answer('/pause', async (_seen, socket) => {
    socket.write(`${head}bo`)
    await setTimeout(700)
    socket.write('dy')
  })
  const client = await halfClosing(t, '/pause', 50)

  const answer = await client.answer()

  assert.equal(answer.body.toString(), 'body')
})

test('F48 does not take a client for gone that half-closes and reads later', async (t) => {
  const bytes = 16 * 1024 * 1024
  upstream.answer('/large', (_seen, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n`)
    socket.write(Buffer.alloc(bytes))
  })
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/large'))
  await client.partial()
  client.socket.pause()
  // Until the system takes no more for it.
  await setTimeout(500)
  client.end()
  await setTimeout(1500)
  client.socket.resume()

  const answer = await client.answer()

  assert.equal(answer.body.length, bytes)
})

test('F48 F29 goes on with events for a client that half-closes in a pause', async (t) => {
  upstream.answer('/events', async (_seen, socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n')
    await setTimeout(1500)
    socket.end('data: 1\n\n')
  })
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/events'))
  await client.partial()
  client.end()

  const answer = await client.answer()

  assert.match(answer.body.toString(), /^(?::\n\n)*data: 1\n\n$/)
})
