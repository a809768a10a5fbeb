import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type GatewayProcess, startGatewayProcess } from '../../harness/gateway.ts'
import { quietPort } from '../../harness/quiet-port.ts'
import { type Answer, connectRaw, type RawClient } from '../../harness/raw-client.ts'
import { requestBytes } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

/** Enough to meet what is rare, in a few seconds; for a long run: `CHAOS_REQUESTS=50000 node --test gateway/test/chaos.test.ts`. */
const total = Number(process.env.CHAOS_REQUESTS ?? 13_000)
const restarts = 3
const clients = 16
/** How many of the requests are a POST, which may fail but never arrive twice. */
const posts = 0.2
/** Large enough that an answer is still under way when its client leaves. */
const largeBytes = 60_000
/** A request is given up when nothing at all came back for so long; a restart on a busy machine takes seconds. */
const longestMs = 20_000

/** Answers every request with its own nonce, a moment later, and closes connections as it likes. */
async function startRestless(t: TestContext) {
  const upstream = await startUpstream(t)
  const arrivals = new Map<string, number>()
  upstream.answer('/nonce', (seen, socket) => {
    const [, nonce = '', size = '0'] = /\?(\w+)-(\d+)/.exec(seen.target) ?? []
    if (seen.method === 'POST') arrivals.set(nonce, (arrivals.get(nonce) ?? 0) + 1)
    upstream.seen.length = 0
    setTimeout(Math.random() * 3).then(() => {
      if (socket.writable) socket.write(ok(nonce.padEnd(Number(size), '.'), `x-nonce: ${nonce}`))
      const luck = Math.random()
      if (luck < 0.03) socket.end()
      else if (luck < 0.06) setTimeout(Math.random() * 4).then(() => socket.destroy())
    })
  })
  return { ...upstream, arrivals }
}

/** Gateways one after the other on one port; `between` holds while one is going and the next is not there. */
async function startSuccession(t: TestContext, url: string) {
  const table = `
services: { echo: { url: "${url}" } }
routes: { ANY /**: { to: echo, allow: public } }
`
  const port = await quietPort()
  let gateway: GatewayProcess = await startGatewayProcess(t, table, { PORT: `${port}` })
  const state = { between: false }
  async function restart() {
    state.between = true
    const exit = once(gateway.child, 'exit')
    gateway.child.kill('SIGTERM')
    const [code] = await exit
    assert.equal(code, 0, gateway.stderr())
    gateway = await startGatewayProcess(t, table, { PORT: `${port}` })
    state.between = false
  }
  return { port, state, restart }
}

type Succession = Awaited<ReturnType<typeof startSuccession>>

/** A POST went out and nothing came back: whether it arrived, nobody knows. */
class Unanswered extends Error {}

/** A client that keeps its connection while it may, and opens another where it was closed. */
function createClient(t: TestContext, { port, state }: Succession) {
  let connection: RawClient | null = null
  const resent = { meanwhile: 0, otherwise: 0 }

  async function attempt(bytes: Buffer, once: boolean): Promise<Answer | null> {
    const before = state.between
    let sent = false
    try {
      connection ??= await connectRaw(t, port)
      sent = connection.send(bytes) || true
      const answer = await connection.answer()
      if (answer.header('connection') === 'close' || !answer.complete) drop()
      return answer
    } catch (error) {
      // Nothing came back: the connection was closed before the request was read, or never opened.
      if (!/^closed|ECONNREFUSED|ECONNRESET/.test((error as Error).message)) throw error
      drop()
      if (sent && once) throw new Unanswered()
      if (before || state.between) resent.meanwhile += 1
      else resent.otherwise += 1
      await setTimeout(5)
      return null
    }
  }
  function drop() {
    connection?.socket.destroy()
    connection = null
  }

  return {
    resent,
    /** Asks until there is an answer; where it is to be asked `once`, it is not sent a second time. */
    async ask(bytes: Buffer, once: boolean): Promise<Answer> {
      const end = performance.now() + longestMs
      while (performance.now() < end) {
        const answer = await attempt(bytes, once)
        if (answer) return answer
      }
      throw new Error(`all connections of ${longestMs} ms were closed without an answer`)
    },
    /** Asks and does not wait: leaves a moment later, with or without a reset. */
    async abort(bytes: Buffer) {
      const leaver = await connectRaw(t, port).catch(() => null)
      if (!leaver) return
      leaver.socket.on('error', () => {})
      leaver.send(bytes)
      await setTimeout(Math.random() * 4)
      if (Math.random() < 0.5) leaver.abort()
      else leaver.socket.destroy()
    },
    drop
  }
}

test(`G7 loses and confuses none of ${total} requests while all around it come and go, and doubles no POST`, async (t) => {
  const upstream = await startRestless(t)
  const succession = await startSuccession(t, upstream.url)
  const wrong: string[] = []
  const resent = { meanwhile: 0, otherwise: 0 }
  let asked = 0
  let right = 0
  let aborted = 0
  let failed = 0

  async function work() {
    const client = createClient(t, succession)
    while (asked < total && !t.signal.aborted) {
      asked += 1
      const nonce = `n${asked}`
      const size = Math.random() < 0.1 ? largeBytes : 10
      const isPost = Math.random() < posts
      const path = `/nonce?${nonce}-${size}`
      const bytes = requestBytes(path, isPost ? { method: 'POST', body: nonce } : {})
      if (Math.random() < 0.05) {
        aborted += 1
        await client.abort(bytes)
        continue
      }
      const answer = await client.ask(bytes, isPost).catch((error: unknown) => {
        if (error instanceof Unanswered) return null
        throw error
      })
      // The service closed the connection that a POST went out over: whether it was read, the gateway cannot know.
      if (isPost && (answer === null || answer.status === 502)) {
        failed += 1
        continue
      }
      if (answer === null) throw new Error(`${nonce} was not answered`)
      const whole = answer.complete && answer.body.toString() === nonce.padEnd(size, '.')
      if (answer.status === 200 && whole && answer.header('x-nonce') === nonce) right += 1
      else
        wrong.push(`${nonce}: ${answer.status} ${answer.complete} ${answer.body.subarray(0, 300)}`)
    }
    resent.meanwhile += client.resent.meanwhile
    resent.otherwise += client.resent.otherwise
    client.drop()
  }
  async function disturb() {
    for (let count = 1; count <= restarts; count += 1) {
      while (asked < (total * count) / (restarts + 1))
        await setTimeout(20, undefined, { signal: t.signal })
      await succession.restart()
    }
  }
  await Promise.all([disturb(), ...Array.from({ length: clients }, work)])

  t.diagnostic(
    `${right} right, ${aborted} aborted, ${failed} POSTs failed, sent again ${JSON.stringify(resent)}`
  )
  assert.deepEqual(wrong, [])
  assert.equal(right + aborted + failed, total)
  assert.ok(failed < total * posts * 0.1, `${failed} POSTs failed`)
  assert.deepEqual(
    [...upstream.arrivals].filter(([, times]) => times > 1),
    []
  )
  assert.equal(resent.otherwise, 0, 'connections closed without an answer, and no restart going on')
})
