import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { emptyDatabase } from '@gatehouse/database/testing'
import { testSecret, until } from '@gatehouse/service-kit/testing'

const script = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Starts the process with nothing but `env`; it is killed when the test ends, if it has not ended. */
function startProcess(t: TestContext, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [script], { env: { HOST: '127.0.0.1', PORT: '0', ...env } })
  t.after(() => child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  const ended = once(child, 'close').then(([code]) => ({ code, ...output }))
  return { child, ended, output }
}

/** The origin that the process logs once it listens. */
async function originOf({ child, output }: ReturnType<typeof startProcess>): Promise<string> {
  return until(() => {
    if (child.exitCode !== null) throw new Error(`It ended:\n${output.stdout}${output.stderr}`)
    return /http:\/\/127\.0\.0\.1:\d+/.exec(output.stdout)?.[0]
  }, 'the process to listen')
}

test('listens, migrates an empty database, and closes on SIGTERM', async (t) => {
  const DATABASE_URL = await emptyDatabase(t)
  const started = startProcess(t, { DATABASE_URL, INTERNAL_SECRET: testSecret })
  const origin = await originOf(started)
  const statusOf = async (path: string) => (await fetch(`${origin}${path}`)).status

  const live = await statusOf('/health/live')
  const isReady = async () => (await statusOf('/health/ready')) === 200
  const ready = await until(isReady, 'the service to be ready')
  const list = await statusOf('/orders')
  started.child.kill('SIGTERM')
  const { code, stderr } = await started.ended

  t.assert.deepEqual([live, ready, list], [200, true, 401])
  t.assert.equal(stderr, '')
  t.assert.equal(code, 0)
})

test('answers 503 while its database is away at the start, and still closes on SIGTERM', async (t) => {
  const DATABASE_URL = 'postgresql://orders:x@127.0.0.1:1/orders'
  const started = startProcess(t, { DATABASE_URL, INTERNAL_SECRET: testSecret })
  const origin = await originOf(started)

  const orders = await fetch(`${origin}/orders`)
  const ready = await fetch(`${origin}/health/ready`)
  const live = await fetch(`${origin}/health/live`)
  started.child.kill('SIGTERM')
  const { code, stderr } = await started.ended

  t.assert.deepEqual(
    [orders, ready, live].map(({ status }) => status),
    [503, 503, 200]
  )
  t.assert.equal(orders.headers.get('retry-after'), '2')
  t.assert.equal(stderr, '')
  t.assert.equal(code, 0)
})

test('ends with 1 and all that is wrong where the environment is not usable', async (t) => {
  const { code, stderr } = await startProcess(t, { INTERNAL_SECRET: 'secret' }).ended

  t.assert.equal(code, 1)
  t.assert.match(stderr, /^The environment is invalid:\n/)
  t.assert.match(stderr, /DATABASE_URL is not set/)
  t.assert.match(stderr, /INTERNAL_SECRET must be at least 32 bytes long/)
  t.assert.doesNotMatch(stderr, /\n {4}at /)
})

test('ends with 1 and a sentence without the password where the database refuses it', async (t) => {
  const url = new URL(await emptyDatabase(t))
  url.pathname = '/nowhere'
  url.password = 'canary-9f3b'

  const started = startProcess(t, { DATABASE_URL: url.href, INTERNAL_SECRET: testSecret })
  const { code, stdout, stderr } = await started.ended

  t.assert.equal(code, 1)
  t.assert.match(
    stderr,
    /^The database of DATABASE_URL \(127\.0\.0\.1:\d+\/nowhere\) refuses: .+\n$/
  )
  t.assert.doesNotMatch(stdout + stderr, /canary-9f3b/)
})
