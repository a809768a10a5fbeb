import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HttpPool } from '@gatehouse/http1-client/pool'
import { ok, startUpstream } from '../harness/upstream.ts'

type Context = Parameters<typeof startUpstream>[0]

async function startBoth(t: Context, connections = 4) {
  const upstream = await startUpstream(t)
  const origin = `http://127.0.0.1:${upstream.port}`
  const pool = new HttpPool(origin, { connections, connectTimeoutMs: 1000, keepAliveMs: 30_000 })
  t.after(() => void pool.close())
  return { upstream, pool }
}

/** The status and the body of an answer, or the code of the failure. */
function ask(
  pool: HttpPool,
  path = '/',
  method = 'GET'
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    let status = 0
    let body = ''
    const options = { method, path, headers: '', body: null }
    pool.dispatch(options, {
      onResponseStart: (_controller, code) => {
        status = code
      },
      onResponseData: (_controller, chunk) => {
        body += chunk.toString()
      },
      onResponseEnd: () => resolve({ status, body }),
      onResponseError: (_controller, error) => reject(error)
    })
  })
}

test('uses one connection for one request after the other', async (t) => {
  const { upstream, pool } = await startBoth(t)

  for (let i = 0; i < 5; i += 1) assert.equal((await ask(pool)).status, 200)

  assert.deepEqual(new Set(upstream.seen.map(({ connection }) => connection)), new Set([1]))
})

test('opens no more connections than it may, and lets the rest wait', async (t) => {
  const { upstream, pool } = await startBoth(t, 2)

  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(pool)))

  assert.ok(answers.every(({ status }) => status === 200))
  assert.equal(new Set(upstream.seen.map(({ connection }) => connection)).size, 2)
})

test('asks on no connection that told of its end', async (t) => {
  const { upstream, pool } = await startBoth(t)
  upstream.answer('/short', () => ok('x', 'keep-alive: timeout=1'))
  upstream.answer('/last', () => ok('x', 'connection: close'))

  for (const path of ['/short', '/last', '/']) assert.equal((await ask(pool, path)).status, 200)

  assert.deepEqual(
    upstream.seen.map(({ connection }) => connection),
    [1, 2, 3]
  )
})

test('F8 takes bytes that nobody asked for for no answer', async (t) => {
  const { upstream, pool } = await startBoth(t)
  const closed = new Promise((resolve) => {
    upstream.answer('/more', (_seen, socket) => {
      socket.once('close', resolve)
      socket.write(ok('x'))
      setImmediate(() => socket.write(ok('of another')))
    })
  })
  assert.equal((await ask(pool, '/more')).body, 'x')
  await closed

  assert.equal((await ask(pool)).body, 'ok')
})

test('G7 asks anew where a kept connection closes without a word', async (t) => {
  const { upstream, pool } = await startBoth(t)
  assert.equal((await ask(pool)).status, 200)
  let tries = 0
  upstream.answer('/again', (_seen, socket) => {
    tries += 1
    if (tries === 1) socket.destroy()
    else socket.write(ok('second'))
  })

  assert.equal((await ask(pool, '/again')).body, 'second')
})

test('never sends a POST a second time by itself', async (t) => {
  const { upstream, pool } = await startBoth(t)
  assert.equal((await ask(pool)).status, 200)
  upstream.answer('/once', (_seen, socket) => socket.destroy())

  await assert.rejects(ask(pool, '/once', 'POST'), /closed|ECONNRESET/)

  assert.equal(upstream.seen.filter(({ target }) => target === '/once').length, 1)
})

test('fails where a new connection closes without a word', async (t) => {
  const { upstream, pool } = await startBoth(t)
  upstream.answer('/never', (_seen, socket) => socket.destroy())

  await assert.rejects(ask(pool, '/never'), /closed|ECONNRESET/)

  assert.equal(upstream.seen.length, 1)
})

test('finishes what is under way when it closes, and takes no more', async (t) => {
  const { upstream, pool } = await startBoth(t)
  upstream.answer('/slow', (_seen, socket) => {
    setTimeout(() => socket.write(ok('late')), 50)
  })
  const asked = ask(pool, '/slow')
  await upstream.saw('/slow')

  const closed = pool.close()

  await assert.rejects(ask(pool), { code: 'UND_ERR_CLOSED' })
  assert.equal((await asked).body, 'late')
  await closed
})

test('reads on after an answer that was paused to its end', async (t) => {
  const { upstream, pool } = await startBoth(t)
  await new Promise<void>((resolve, reject) => {
    const options = { method: 'GET', path: '/', headers: '', body: null }
    pool.dispatch(options, {
      onResponseData: (controller) => controller.pause(),
      onResponseEnd: () => resolve(),
      onResponseError: (_controller, error) => reject(error)
    })
  })

  assert.equal((await ask(pool)).status, 200)

  assert.equal(upstream.connections(), 1)
})
