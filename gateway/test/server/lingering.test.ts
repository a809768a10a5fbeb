import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { startGatewayProcess } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**:  { to: echo, allow: public }
  ANY /private/**: { to: echo, allow: user }
`
const gateway = await startGatewayProcess({ after }, table)
const bytes = 2_000_000
const body = Buffer.alloc(bytes, 'a')
const length = `content-length: ${bytes}\r\n`
const host = 'host: gateway\r\n'

/** Heads of requests that are refused while their bodies of 2 MB are on their way. */
const refusals: [string, string, number][] = [
  ['a bad host', `POST /public/x HTTP/1.1\r\nhost: a@b\r\n${length}`, 400],
  ['a dot segment', `POST /public/../x HTTP/1.1\r\n${host}${length}`, 400],
  ['a field with a space', `POST /public/x HTTP/1.1\r\n${host}x : 1\r\n${length}`, 400],
  [
    'two framings',
    `POST /public/x HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n${length}`,
    400
  ],
  [
    'a body that turns out to be no HTTP',
    `POST /public/x HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nnone\r\n`,
    400
  ],
  ['an unknown method', `BREW /public/x HTTP/1.1\r\n${host}${length}`, 501],
  ['no page', `POST /nothing HTTP/1.1\r\n${host}connection: close\r\n${length}`, 404],
  ['no token', `POST /private/x HTTP/1.1\r\n${host}connection: close\r\n${length}`, 401],
  ['another expectation', `POST /public/x HTTP/1.1\r\n${host}expect: x\r\n${length}`, 417]
]

/** What a client hears that listens only when it has sent all, and how its sending ended. */
async function sendAll(head: string) {
  const socket = connect(gateway.port, '127.0.0.1')
  const closed = once(socket, 'close')
  const sent = Promise.withResolvers<unknown>()
  let heard = ''
  socket.on('error', (error) => sent.resolve(error))
  socket.write(`${head}\r\n`)
  socket.write(body, () => sent.resolve(null))
  const error = await sent.promise
  socket.on('data', (text) => {
    heard += text
  })
  await closed
  return { error, status: Number(heard.split(' ')[1]) }
}

for (const [what, head, status] of refusals) {
  test(`F61 is heard by a client that sends 2 MB with ${what}`, async () => {
    const heard = await Promise.all(Array.from({ length: 8 }, () => sendAll(head)))

    assert.deepEqual(heard, Array(8).fill({ error: null, status }))
  })
}

for (const [what, head] of [
  ['is no HTTP', `POST /public/x HTTP/1.1\r\n${host}x : 1\r\n\r\n`],
  ['is refused', `POST /public/../x HTTP/1.1\r\n${host}content-length: 9000000000\r\n\r\n`]
] as const) {
  test(`F20 cuts off after a second who goes on sending what ${what}`, async (t) => {
    const client = await connectRaw(t, gateway.port)
    client.send(head)
    const answer = await client.answer()
    const timer = setInterval(() => client.socket.writable && client.send('x'.repeat(1000)), 20)
    t.after(() => clearInterval(timer))
    const gone = Promise.withResolvers<void>()
    client.socket.on('close', gone.resolve)
    const since = performance.now()

    await gone.promise

    assert.equal(answer.status, 400)
    assert.equal(await client.closed(), 'end')
    // Without the limit it goes on for ever.
    assert.ok(performance.now() - since < 10_000)
  })

  test(`F49 serves nothing of what follows on a request that ${what}`, async (t) => {
    const client = await connectRaw(t, gateway.port)
    client.send(head.replace('9000000000', '0'))
    const answer = await client.answer()

    client.send(`GET /public/next HTTP/1.1\r\n${host}\r\n`)

    assert.equal(answer.status, 400)
    assert.equal(await client.closed(), 'end')
    assert.equal(client.answers.length, 1)
    assert.equal(upstream.requests('/public/next').length, 0)
  })
}

test('G15 a client that was refused and goes on sending does not hold up the drain', async (t) => {
  const { port, child } = await startGatewayProcess(t, table)
  const client = await connectRaw(t, port)
  client.send(`POST /public/x HTTP/1.1\r\n${host}x : 1\r\n\r\n`)
  await client.answer()
  const timer = setInterval(() => client.socket.writable && client.send('x'), 20)
  t.after(() => clearInterval(timer))
  const since = performance.now()

  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')

  assert.equal(code, 0)
  assert.ok(performance.now() - since < 9000, 'the drain takes 10 s where it waits for clients')
})
