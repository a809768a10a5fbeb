import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Agent, request } from 'undici'
import { until } from '../src/testing.ts'

const script = fileURLToPath(new URL('sample-process.ts', import.meta.url))

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Starts the sample process; it is killed when the test ends, if it has not ended by then. */
function startProcess(t: TestContext, env: NodeJS.ProcessEnv = {}) {
  const child = fork(script, { env: { PORT: '0', ...env }, silent: true })
  t.after(() => child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...output }))
  return { child, ended, logged: (text: string) => logged(output, text) }
}

const logged = async (output: { stdout: string }, text: string) =>
  until(() => output.stdout.includes(text), `"${text}" in the log`)

/** The origin of a sample process, once it listens. */
async function originOf(child: ChildProcess): Promise<string> {
  const [{ port }] = await once(child, 'message')
  return `http://127.0.0.1:${port}`
}

test('tells a taken port in one sentence and ends with 1', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }

  const { code, stderr } = await startProcess(t, { PORT: String(port) }).ended

  t.assert.equal(code, 1)
  t.assert.equal(stderr, `Port ${port} on 127.0.0.1 is taken; set PORT to another.\n`)
})

test('G15 finishes what is in flight on SIGTERM, says close, and ends with 0', async (t) => {
  const { child, ended, logged } = startProcess(t)
  const dispatcher = new Agent({ keepAliveTimeout: 60_000 })
  t.after(() => dispatcher.destroy())
  const answer = request(`${await originOf(child)}/slow`, { dispatcher })
  await logged('in flight')

  child.kill('SIGTERM')
  await logged('draining')
  child.send('finish')
  const response = await answer
  const { code, stderr } = await ended

  t.assert.equal(response.statusCode, 200)
  t.assert.equal(response.headers.connection, 'close')
  t.assert.equal(response.headers['x-kept'], 'yes')
  t.assert.deepEqual(await response.body.json(), { done: true })
  t.assert.equal(code, 0)
  t.assert.equal(stderr, '')
})

test('G15 closes idle connections at once on SIGTERM', async (t) => {
  const { child, ended } = startProcess(t)
  const dispatcher = new Agent({ keepAliveTimeout: 60_000 })
  t.after(() => dispatcher.destroy())
  const response = await request(`${await originOf(child)}/nothing`, { dispatcher })
  await response.body.dump()

  child.kill('SIGTERM')
  const { code } = await ended

  t.assert.equal(response.statusCode, 404)
  t.assert.equal(code, 0)
})

test('G34 ends at once on a second signal', async (t) => {
  const { child, ended, logged } = startProcess(t)
  const answer = request(`${await originOf(child)}/slow`).catch((error: Error) => error)
  await logged('in flight')

  child.kill('SIGTERM')
  await logged('draining')
  child.kill('SIGTERM')
  const { code } = await ended

  t.assert.equal(code, 1)
  t.assert.equal((await answer) instanceof Error, true)
})

test('G33 ends what does not end in time itself, and with 0', async (t) => {
  const { child, ended, logged } = startProcess(t, { HARD_STOP: '2000' })
  const answer = request(`${await originOf(child)}/slow`).catch((error: Error) => error)
  await logged('in flight')

  child.kill('SIGTERM')
  await logged('do not end in time')
  const { code, stderr } = await ended

  t.assert.equal(code, 0)
  t.assert.equal(stderr, '')
  t.assert.equal((await answer) instanceof Error, true)
})

test('G16 takes requests for DRAIN_DELAY, and a second signal ends it at once', async (t) => {
  const { child, ended } = startProcess(t, { DRAIN_DELAY: '1h' })
  const origin = await originOf(child)
  child.kill('SIGTERM')
  const response = await until(async () => {
    const answer = await request(`${origin}/nothing`)
    return answer.headers.connection === 'close' && answer
  }, 'the process to be told to stop')
  t.assert.equal(response.statusCode, 404)

  child.kill('SIGTERM')
  const { code } = await ended

  t.assert.equal(code, 1)
})

test('G16 gives what is taken within DRAIN_DELAY all the time there is after it', async (t) => {
  const { child, ended, logged } = startProcess(t, { DRAIN_DELAY: '1500ms', HARD_STOP: '1000' })
  const origin = await originOf(child)
  child.kill('SIGTERM')
  await wait(1200)
  const answer = request(`${origin}/slow`)
  await logged('in flight')

  await logged('draining')
  await wait(300)
  child.send('finish')

  t.assert.equal((await answer).statusCode, 200)
  t.assert.equal((await ended).code, 0)
})

test('G16 refuses a DRAIN_DELAY that nobody waits for', async (t) => {
  const { code, stderr } = await startProcess(t, { DRAIN_DELAY: '30d' }).ended

  t.assert.equal(code, 1)
  t.assert.equal(stderr, 'DRAIN_DELAY must be at most 1h, not 30d.\n')
})

for (const [path, told] of [
  ['/throw', /"level":60,.*nobody catches this/],
  ['/reject', /"level":60,.*nobody catches this/],
  ['/throw-null', /"level":60,.*null was thrown/],
  ['/reject-nothing', /"level":60,.*undefined was thrown/]
] as const) {
  test(`G23 logs what nothing catches and ends with 1 after ${path}`, async (t) => {
    const { child, ended } = startProcess(t)

    const response = await request(`${await originOf(child)}${path}`)
    await response.body.dump()
    const { code, stdout } = await ended

    t.assert.equal(response.statusCode, 200)
    t.assert.equal(code, 1)
    t.assert.match(stdout, told)
  })
}

test('ends with one sentence where starting breaks off after listening', async (t) => {
  const { code, stderr } = await startProcess(t, { LATER: 'reject' }).ended

  t.assert.equal(code, 1)
  t.assert.equal(stderr, 'The database does not answer.\n')
})

test('ends with a stack where the failure is a bug', async (t) => {
  const { code, stderr } = await startProcess(t, { LATER: 'fail' }).ended

  t.assert.equal(code, 1)
  t.assert.match(stderr, /^Error: The database is odd\.\n {4}at /)
})

test('K9 logs neither headers nor queries nor bodies', async (t) => {
  const { child, ended } = startProcess(t)
  const canary = 'canary-9f3b'
  const headers = { authorization: canary, cookie: canary, 'idempotency-key': canary }

  const response = await request(`${await originOf(child)}/nothing?token=${canary}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ password: canary })
  })
  await response.body.dump()
  child.kill('SIGTERM')
  const { stdout } = await ended

  t.assert.equal(response.statusCode, 404)
  t.assert.match(stdout, /"method":"POST","url":"\/nothing","status":404/)
  t.assert.doesNotMatch(stdout, new RegExp(canary))
})
