import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { request, requestBytes } from '../harness/request.ts'
import { ada } from '../harness/token.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

/** A service whose feed of ended sessions, and with it every answer that is held, can be made to wait. */
async function setUp(t: TestContext) {
  const upstream = await startUpstream(t)
  let open = Promise.resolve()
  upstream.answer('/ended', async (_seen, socket) => {
    await open
    socket.write(ok('{"ended":[],"next":"x"}'))
  })
  const { port } = await startGateway(
    t,
    `
services: { users: { url: "${upstream.url}", sessions: /ended } }
routes:
  POST   /login:      { to: users, allow: public, issue: token }
  DELETE /held/:id:   { to: users, allow: public, revoke: any, timeout: 5s }
  DELETE /tried/:id:  { to: users, allow: public, revoke: any, timeout: 5s, idempotent: true, attempt_timeout: 100ms }
  GET    /beside:     { to: users, allow: public }
`
  )
  /** Lets the feed wait until what it gives is called. */
  function hold() {
    const { promise, resolve } = Promise.withResolvers<void>()
    open = promise
    return resolve
  }
  return { upstream, port, hold }
}

/** Of what is longer no more is read while it is held, so that its connection is still busy with it. */
const mostHeld = 64 * 1024
/** For how long others ask meanwhile, in ms; the gateway waits for the feed for a second. */
const askingMs = 400
const numbers = (lines: number) =>
  Array.from({ length: lines }, (_, line) => `${line}`.padStart(9)).join('\n')
const [middling, large] = [numbers(5000), numbers(20_000)]
const half = large.length / 2
for (const [what, body, pieces] of [
  ['in one piece', 'of the first', [ok('of the first')]],
  ['in two pieces', 'first, then', [ok('first, then').slice(0, -5), ' then']],
  ['of 50 kB', middling, [ok(middling).slice(0, 20_000), ok(middling).slice(20_000)]],
  ['of 200 kB', large, [ok(large).slice(0, half), ok(large).slice(half)]]
] as const)
  test(`F5 keeps an answer ${what} that is held whole, whatever its connection reads meanwhile`, async (t) => {
    const { upstream, port, hold } = await setUp(t)
    upstream.answer('/held/1', async (_seen, socket) => {
      for (const piece of pieces) {
        socket.write(piece)
        await setTimeout(20)
      }
    })
    upstream.answer('/beside', () => ok('a secret of the second'))
    const release = hold()
    const client = await connectRaw(t, port, { methods: ['DELETE'] })
    client.send(requestBytes('/held/1', { method: 'DELETE' }))
    const { connection } = await upstream.saw('/held/1')

    // Several at once, so that the connection is among those that are used as soon as it is free.
    const isUsed = () => upstream.requests('/beside').some((seen) => seen.connection === connection)
    const end = performance.now() + askingMs
    while (performance.now() < end && !isUsed())
      await Promise.all(Array.from({ length: 4 }, () => request(t, port, '/beside')))
    const before = client.answers.length
    release()
    const answer = await client.answer()

    assert.equal(isUsed(), body.length < mostHeld)
    assert.equal(before, 0, 'it was held')
    assert.equal(answer.status, 200)
    assert.equal(answer.body.toString(), body)
  })

test('C17 reads the answer to a login that comes in two pieces', async (t) => {
  const { upstream, port } = await setUp(t)
  const session_id = '01900000-0000-7000-8000-0000000000c1'
  const whole = ok(
    JSON.stringify({ user_id: ada, user_type: 'admin', session_id, refresh_token: 'refresh-me' })
  )
  upstream.answer('/login', async (_seen, socket) => {
    socket.write(whole.slice(0, -60))
    await setTimeout(20)
    socket.write(whole.slice(-60))
  })

  const answer = await request(t, port, '/login', { method: 'POST', body: '{}' })

  assert.equal(answer.status, 200)
  assert.equal(answer.json().refresh_token, 'refresh-me')
})

for (const [what, bytes] of [
  ['a whole answer', ok('done')],
  ['half an answer', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ndone']
] as const)
  test(`G3 G23 asks once for ${what} that is held for longer than its try`, async (t) => {
    const { upstream, port, hold } = await setUp(t)
    const release = hold()
    upstream.answer('/tried/1', async (_seen, socket) => {
      socket.write(bytes)
      await setTimeout(300)
      release()
    })
    const client = await connectRaw(t, port, { methods: ['DELETE'] })
    client.send(requestBytes('/tried/1', { method: 'DELETE' }))

    const answer = await client.partial(({ body }) => body.length === 4)
    const beside = await request(t, port, '/beside')

    assert.equal(answer.status, 200)
    assert.equal(beside.status, 200)
    assert.equal(upstream.requests('/tried/1').length, 1)
    client.abort()
  })
