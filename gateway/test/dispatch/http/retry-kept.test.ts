import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startGateway } from '../../harness/gateway.ts'
import { request } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

/** An upstream that takes a request on a connection which is kept, and breaks it so many ms later. */
async function setUp(t: TestContext, afterMs: number) {
  const upstream = await startUpstream(t)
  const table = `
services: { echo: { url: "${upstream.url}" } }
routes: { ANY /**: { to: echo, allow: public } }
`
  const { port } = await startGateway(t, table)
  upstream.answer('/good', () => ok())
  upstream.answer('/bad', async (_seen, socket) => {
    if (afterMs > 0) await setTimeout(afterMs)
    socket.end()
  })
  return { upstream, port }
}

for (const afterMs of [0, 20])
  for (const method of ['GET', 'HEAD', 'OPTIONS'])
    test(`G4 a ${method} arrives three times at most, also on a kept connection that breaks after ${afterMs} ms`, async (t) => {
      const { upstream, port } = await setUp(t, afterMs)
      await request(t, port, '/good')

      const answer = await request(t, port, '/bad', { method })

      assert.equal(answer.status, 502)
      assert.equal(upstream.requests('/bad').length, 3)
    })

test('G5 keeps to the budget where connections that are kept break in the middle of a request', async (t) => {
  const { upstream, port } = await setUp(t, 20)
  const rounds = 60

  for (let count = 0; count < rounds; count += 1) {
    assert.equal((await request(t, port, '/good')).status, 200)
    assert.equal((await request(t, port, '/bad')).status, 502)
  }

  const most = 1.2 * 2 * rounds + 3
  assert.ok(upstream.seen.length <= most, `${upstream.seen.length} arrivals, at most ${most}`)
})
