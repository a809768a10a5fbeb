import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { backoffMs } from '../../../src/dispatch/http/retry.ts'
import { createRetryBudget } from '../../../src/upstream/limits.ts'
import { startGateway } from '../../harness/gateway.ts'
import { quietPort } from '../../harness/quiet-port.ts'
import { request } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

async function startBoth(t: TestContext) {
  const upstream = await startUpstream(t)
  const gateway = await startGateway(
    t,
    `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /plain/**:  { to: echo, allow: public }
  ANY /agreed/**: { to: echo, allow: public, idempotent: true }
`
  )
  return { upstream, port: gateway.port }
}

/** Breaks the connection of the first request for a path, and answers the others. */
function breakFirst({ upstream }: Awaited<ReturnType<typeof startBoth>>, path: string) {
  upstream.answer(path, (_seen, socket) => {
    if (upstream.requests(path).length > 1) return ok('second')
    socket.resetAndDestroy()
  })
}

for (const [method, path, arrivals] of [
  ['GET', '/plain/get', 2],
  ['HEAD', '/plain/head', 2],
  ['OPTIONS', '/plain/options', 2],
  ['PUT', '/plain/put', 1],
  ['DELETE', '/plain/delete', 1],
  ['POST', '/plain/post', 1],
  ['PATCH', '/plain/patch', 1],
  ['PUT', '/agreed/put', 2],
  ['DELETE', '/agreed/delete', 2],
  ['POST', '/agreed/post', 1],
  ['PATCH', '/agreed/patch', 1]
] as const) {
  test(`G2 lets ${method} ${path} arrive ${arrivals} times where the connection breaks`, async (t) => {
    const both = await startBoth(t)
    breakFirst(both, path)

    const answer = await request(t, both.port, path, { method })

    assert.equal(answer.status, arrivals === 2 ? 200 : 502)
    assert.equal(both.upstream.requests(path).length, arrivals)
  })
}

test('G3 never asks again once a part of the body is gone', async (t) => {
  const both = await startBoth(t)
  breakFirst(both, '/agreed/body')

  const body = 'x'.repeat(100_000)
  const answer = await request(t, both.port, '/agreed/body', { method: 'PUT', body })

  assert.equal(answer.status, 502)
  assert.equal(both.upstream.requests('/agreed/body').length, 1)
})

test('G3 asks again with a small body, which was whole before it was sent', async (t) => {
  const both = await startBoth(t)
  breakFirst(both, '/agreed/small')

  const body = 'x'.repeat(50_000)
  const answer = await request(t, both.port, '/agreed/small', { method: 'PUT', body })

  assert.equal(answer.status, 200)
  const bodies = both.upstream.requests('/agreed/small').map((seen) => seen.body.toString())
  assert.deepEqual(bodies, [body, body])
})

test('G3 never asks again once the client has a byte of an answer', async (t) => {
  const both = await startBoth(t)
  both.upstream.answer('/plain/part', (_seen, socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', () =>
      setTimeout(() => socket.resetAndDestroy(), 20)
    )
  })

  const answer = await request(t, both.port, '/plain/part')

  assert.equal(answer.complete, false)
  assert.equal(both.upstream.requests('/plain/part').length, 1)
})

for (const method of ['GET', 'POST', 'PATCH']) {
  test(`G25 asks again with the whole body where nobody was there to take a ${method}`, async (t) => {
    const port = await quietPort()
    const gateway = await startGateway(
      t,
      `
services: { echo: { url: "http://127.0.0.1:${port}" } }
routes: { ANY /**: { to: echo, allow: public } }
`
    )
    // What refuses the first time is there the next: a service that restarts. The retries come within 75 ms.
    const bodies: string[] = []
    const late = createServer((socket: Socket) => {
      let text = ''
      socket.on('data', (bytes) => {
        text += bytes
        const [, body = ''] = text.split('\r\n\r\n')
        if (!body.endsWith('body')) return
        bodies.push(body)
        socket.write(ok('late'))
      })
    })
    t.after(() => late.close())
    let status = 502
    for (let round = 0; round < 40 && status !== 200; round += 1) {
      const asking = request(t, gateway.port, '/x', { method, body: 'the body' })
      const timer = setTimeout(() => late.listening || late.listen(port, '127.0.0.1'), 12)
      status = (await asking).status
      // The retries may be over before the time is: the server must not listen once the test is over.
      clearTimeout(timer)
      if (status === 200 || bodies.length > 0) break
      late.close()
      await once(late, 'close').catch(() => {})
    }

    assert.equal(status, 200)
    assert.deepEqual(bodies, ['the body'])
  })
}

test('G4 tries three times at most', async (t) => {
  const both = await startBoth(t)
  both.upstream.answer('/plain/never', (_seen, socket) => void socket.resetAndDestroy())

  const answer = await request(t, both.port, '/plain/never')

  assert.equal(answer.status, 502)
  assert.equal(both.upstream.requests('/plain/never').length, 3)
})

test('G4 waits for a random while, twice as long at most each time, and never for more than 250 ms', () => {
  for (const [attempt, most] of [25, 50, 100, 200, 250, 250].entries()) {
    const waits = Array.from({ length: 2000 }, () => backoffMs(attempt))

    assert.ok(Math.max(...waits) <= most)
    assert.ok(Math.max(...waits) > most * 0.9)
    assert.ok(Math.min(...waits) < most * 0.1, 'full jitter begins at nothing')
  }
})

test('G5 asks a failing upstream at most 1.2 times as often as clients do, and three times more', async (t) => {
  const both = await startBoth(t)
  both.upstream.answer('/plain/fails', (_seen, socket) => void socket.resetAndDestroy())
  const requests = 100

  for (let sent = 0; sent < requests; sent += 10) {
    const batch = Array.from({ length: 10 }, () => request(t, both.port, '/plain/fails'))
    for (const { status } of await Promise.all(batch)) assert.equal(status, 502)
  }

  const arrivals = both.upstream.requests('/plain/fails').length
  assert.ok(arrivals <= requests * 1.2 + 3, `${arrivals} arrivals`)
  assert.ok(arrivals >= requests * 1.1, `${arrivals} arrivals`)
})

test('G5 saves up no more than ten retries', () => {
  const budget = createRetryBudget()
  for (let earned = 0; earned < 1000; earned += 1) budget.earn()

  assert.equal(Array.from({ length: 20 }, () => budget.take()).filter(Boolean).length, 10)
})

for (const status of [429, 503]) {
  test(`G6 asks an upstream that answers ${status} no sooner than it says: it is the client's to come back`, async (t) => {
    const both = await startBoth(t)
    both.upstream.answer('/plain/later', () =>
      ok('later', 'retry-after: 7').replace('200 OK', `${status} Later`)
    )

    const answer = await request(t, both.port, '/plain/later')

    assert.equal(answer.status, status)
    assert.equal(answer.header('retry-after'), '7')
    assert.equal(both.upstream.requests('/plain/later').length, 1)
  })
}
