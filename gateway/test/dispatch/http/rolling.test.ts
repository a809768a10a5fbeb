import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type GatewayProcess, startGatewayProcess } from '../../harness/gateway.ts'
import { quietPort } from '../../harness/quiet-port.ts'
import { connectRaw, type RawClient } from '../../harness/raw-client.ts'
import { requestBytes } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

const clients = 8
/** For how long there is nothing but load before and after each restart, in ms. */
const calmMs = 300

/** A gateway that can be replaced by another on the same port, as a rolling update does. */
async function startReplica(t: TestContext, table: string) {
  const port = await quietPort()
  let gateway: GatewayProcess = await startGatewayProcess(t, table, { PORT: `${port}` })
  async function restart() {
    const exit = once(gateway.child, 'exit')
    gateway.child.kill('SIGTERM')
    const [code] = await exit
    assert.equal(code, 0, gateway.stderr())
    gateway = await startGatewayProcess(t, table, { PORT: `${port}` })
  }
  return { port, restart }
}

/**
 * A client that keeps its connection, and goes to the other replica where it is refused or its connection was closed
 * before it sent anything over it. What it has sent it never sends again.
 */
function createClient(
  t: TestContext,
  ports: readonly number[],
  first: number,
  signal: AbortSignal
) {
  let turn = first
  let connection: RawClient | null = null

  async function connected(): Promise<RawClient> {
    for (;;) {
      signal.throwIfAborted()
      const usable = connection && !connection.socket.readableEnded && !connection.socket.destroyed
      if (connection && usable) return connection
      try {
        connection = await connectRaw(t, ports[turn % ports.length] as number)
      } catch {
        turn += 1
        await setTimeout(1, undefined, { signal })
      }
    }
  }
  return async (bytes: Buffer) => {
    const client = await connected()
    client.send(bytes)
    const answer = await client.answer()
    if (answer.header('connection') !== 'close') return answer
    client.socket.destroy()
    connection = null
    turn += 1
    return answer
  }
}

test('G15 loses no request while two replicas are restarted in turn under load', async (t) => {
  const upstream = await startUpstream(t)
  const arrivals = new Map<string, number>()
  upstream.answer('/nonce', ({ target }, socket) => {
    const nonce = target.split('?')[1] ?? ''
    arrivals.set(nonce, (arrivals.get(nonce) ?? 0) + 1)
    upstream.seen.length = 0
    globalThis.setTimeout(() => socket.writable && socket.write(ok(nonce)), Math.random() * 5)
  })
  const table = `
services: { echo: { url: "${upstream.url}" } }
routes: { ANY /nonce: { to: echo, allow: public } }
`
  const replicas = [await startReplica(t, table), await startReplica(t, table)]
  const ports = replicas.map(({ port }) => port)
  const lost: string[] = []
  let sent = 0
  let over = false
  /** Ends the clients' waits where a restart fails or the test's time is up. */
  const failed = new AbortController()
  const signal = AbortSignal.any([failed.signal, t.signal])

  async function work(index: number) {
    const ask = createClient(t, ports, index, signal)
    while (!over && !signal.aborted) {
      sent += 1
      const nonce = `n${sent}`
      const method = sent % 3 === 0 ? 'POST' : 'GET'
      const body = method === 'POST' ? 'body' : ''
      const answer = await ask(requestBytes(`/nonce?${nonce}`, { method, body })).catch(String)
      if (typeof answer === 'string') lost.push(`${method} ${nonce}: ${answer}`)
      else if (answer.status !== 200 || answer.body.toString() !== nonce)
        lost.push(`${method} ${nonce}: ${answer.status} ${answer.body}`)
    }
  }
  async function roll() {
    try {
      for (const { restart } of [...replicas, ...replicas]) {
        await setTimeout(calmMs, undefined, { signal })
        await restart()
      }
      await setTimeout(calmMs, undefined, { signal })
    } catch (error) {
      failed.abort(error)
      throw error
    } finally {
      over = true
    }
  }
  await Promise.all([roll(), ...Array.from({ length: clients }, (_, index) => work(index))])

  t.diagnostic(`${sent} requests`)
  assert.deepEqual(lost, [])
  assert.equal(arrivals.size, sent)
  assert.deepEqual(
    [...arrivals].filter(([, times]) => times !== 1),
    []
  )
})
