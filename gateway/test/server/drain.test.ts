import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { startGatewayProcess } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { request, requestBytes } from '../harness/request.ts'
import { bearer, mintToken } from '../harness/token.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

type Context = Parameters<typeof startUpstream>[0] & Parameters<typeof startGatewayProcess>[0]

async function startBoth(t: Context) {
  const upstream = await startUpstream(t)
  const gateway = await startGatewayProcess(
    t,
    `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**:  { to: echo, allow: public }
  ANY /private/**: { to: echo, allow: user }
`
  )
  return { upstream, gateway }
}

/** Whether a new connection is taken: no more, once the gateway has heard that it is to stop. */
async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('G15 finishes what is in flight when it is asked to stop, and exits with 0', async (t) => {
  const { upstream, gateway } = await startBoth(t)
  const gate = Promise.withResolvers<void>()
  upstream.answer('/public/slow', async (_seen, socket) => {
    await gate.promise
    socket.write(ok('done'))
  })
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/public/slow'))
  await upstream.saw('/public/slow')

  gateway.child.kill('SIGTERM')
  await until(async () => !(await isListening(gateway.port)), 'the port to be closed')
  gate.resolve()
  const answer = await client.answer()
  const [code] = await once(gateway.child, 'exit')

  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), 'done')
  assert.equal(answer.header('connection'), 'close')
  assert.equal(code, 0)
})

test('G29 exits soon though clients keep idle connections', async (t) => {
  const { gateway } = await startBoth(t)
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/public/x'))
  assert.equal((await client.answer()).status, 200)
  const started = performance.now()

  gateway.child.kill('SIGTERM')
  const [code] = await once(gateway.child, 'exit')

  assert.equal(code, 0)
  assert.ok(performance.now() - started < 10_000)
})

test('G7 loses no request when the upstream closes idle connections', async (t) => {
  const { upstream, gateway } = await startBoth(t)
  let answered = 0
  upstream.answer('/public/closing', (_seen, socket) => {
    answered += 1
    socket.write(ok('x'))
    // Some at once, some a moment later: in the middle of the next request.
    if (answered % 3 === 0) socket.end()
    if (answered % 3 === 1) setTimeout(() => socket.destroy(), answered % 4)
  })
  const statuses: number[] = []
  async function ask() {
    const client = await connectRaw(t, gateway.port)
    for (let i = 0; i < 100; i += 1) {
      client.send(requestBytes('/public/closing'))
      statuses.push((await client.answer()).status)
    }
  }

  await Promise.all([ask(), ask(), ask(), ask()])

  const lost = statuses.filter((status) => status !== 200)
  assert.deepEqual(lost, [])
  assert.equal(statuses.length, 400)
})

test('K9 writes one access line a request, and no token, cookie or query into it', async (t) => {
  const { gateway } = await startBoth(t)
  const token = mintToken()
  const headers = [`authorization: Bearer ${token}`, 'cookie: canary=1', 'request-id: my-id']
  await request(t, gateway.port, '/private/x?secret=canary', { headers })
  await request(t, gateway.port, '/private/x?access_token=canary', { headers: [bearer()] })

  gateway.child.kill('SIGTERM')
  await once(gateway.child, 'exit')

  const lines = gateway.log.filter((line) => line.request_id === 'my-id')
  assert.equal(lines.length, 1, JSON.stringify(gateway.log))
  assert.equal(lines[0]?.status, 200)
  const whole = JSON.stringify(gateway.log)
  assert.ok(!whole.includes(token) && !whole.includes('canary'), whole)
})
