import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { ownServer, testDatabase } from '@gatehouse/database/testing'
import { callerHeaders, testSecret, until } from '@gatehouse/service-kit/testing'

const main = new URL('../src/main.ts', import.meta.url)

/** Starts the process as an operator would, with a database it waits half a second for. */
function startProcess(t: TestContext, env: Record<string, string>) {
  const script = `import { start } from '${main}'
    import { main } from '@gatehouse/service-kit'
    await main(() => start({ patienceMs: 500 }))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('..', import.meta.url),
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', INTERNAL_SECRET: testSecret, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  t.after(() => child.kill('SIGKILL'))
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  return { child, exit, stderr: text(child.stderr) }
}

type Child = ReturnType<typeof startProcess>['child']

/** Resolves with the address that the process logs when it listens. */
async function addressOf(child: Child): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let seen = ''
  child.stdout.on('data', (chunk) => {
    seen += chunk
    const address = /listening at (http:\/\/[^"]+)/.exec(seen)?.[1]
    if (address) resolve(address)
  })
  child.on('exit', () => reject(new Error(`It ended:\n${seen}`)))
  return promise
}

const status = async (url: string) => (await fetch(url, { headers: callerHeaders() })).status

async function untilReady(url: string) {
  await until(async () => (await status(`${url}/health/ready`)) === 200, 'the service to be ready')
}

test('G18 is alive while the database is away, then says so in one sentence and exits', async (t: TestContext) => {
  const DATABASE_URL = 'postgresql://users:hidden@127.0.0.1:1/users'
  const { child, exit, stderr } = startProcess(t, { PORT: '0', DATABASE_URL })
  const url = await addressOf(child)

  const live = await status(`${url}/health/live`)
  const ready = await status(`${url}/health/ready`)
  const other = await fetch(`${url}/users`, { headers: callerHeaders() })

  t.assert.equal(live, 200)
  t.assert.equal(ready, 503)
  t.assert.equal(other.status, 503)
  t.assert.match(`${other.headers.get('retry-after')}`, /^\d+$/)
  t.assert.equal(await exit, 1)
  t.assert.match(await stderr, /^The database of DATABASE_URL \(127\.0\.0\.1:1\/users\) .*\n$/)
})

test('tells all that is wrong with its environment at once', async (t: TestContext) => {
  const env = { INTERNAL_SECRET: 'changeme', BCRYPT_COST: '4', REFRESH_TOKEN_TTL: 'soon' }

  const { exit, stderr } = startProcess(t, env)

  t.assert.equal(await exit, 1)
  const told = await stderr
  for (const name of ['DATABASE_URL', 'INTERNAL_SECRET', 'BCRYPT_COST', 'REFRESH_TOKEN_TTL'])
    t.assert.match(told, new RegExp(`  ${name} `))
  t.assert.doesNotMatch(told, /changeme| {4}at /)
})

test('C9 refuses to start with a bcrypt cost below 10', async (t: TestContext) => {
  const DATABASE_URL = 'postgresql://users:hidden@127.0.0.1:1/users'

  const { exit, stderr } = startProcess(t, { DATABASE_URL, BCRYPT_COST: '9' })

  t.assert.equal(await exit, 1)
  t.assert.match(await stderr, /BCRYPT_COST must be >= 10/)
})

test('wants a password for an ADMIN_USERNAME, and takes it from a file', async (t: TestContext) => {
  const DATABASE_URL = await testDatabase(t, 'users')
  const folder = mkdtempSync(join(tmpdir(), 'users-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const ADMIN_PASSWORD_FILE = join(folder, 'admin-password')
  writeFileSync(ADMIN_PASSWORD_FILE, 'a good first password\n')
  const env = { PORT: '0', DATABASE_URL, ADMIN_USERNAME: 'root', BCRYPT_COST: '10' }

  const without = startProcess(t, env)
  const withFile = startProcess(t, { ...env, ADMIN_PASSWORD_FILE })
  const url = await addressOf(withFile.child)
  await untilReady(url)
  const { status: granted } = await fetch(`${url}/sessions`, {
    method: 'POST',
    headers: { ...callerHeaders(), 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'root', password: 'a good first password' })
  })

  t.assert.equal(await without.exit, 1)
  t.assert.match(await without.stderr, /ADMIN_USERNAME is set without ADMIN_PASSWORD/)
  t.assert.equal(granted, 201)
})

test('tells that its port is taken', async (t: TestContext) => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await once(taken, 'listening')
  const address = taken.address()
  const PORT = address !== null && typeof address !== 'string' ? `${address.port}` : ''
  const DATABASE_URL = 'postgresql://users:hidden@127.0.0.1:1/users'

  const { exit, stderr } = startProcess(t, { PORT, DATABASE_URL })

  t.assert.equal(await exit, 1)
  t.assert.equal(await stderr, `Port ${PORT} on 127.0.0.1 is taken; set PORT to another.\n`)
})

test('migrates, seeds, serves, survives an outage of the database and stops on SIGTERM', async (t: TestContext) => {
  const server = await ownServer(t)
  const env = { PORT: '0', DATABASE_URL: server.url, DEMO: 'true', BCRYPT_COST: '10' }
  const { child, exit } = startProcess(t, env)
  const url = await addressOf(child)
  await untilReady(url)
  const logIn = async () =>
    fetch(`${url}/sessions`, {
      method: 'POST',
      headers: { ...callerHeaders(), 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: 'a' })
    })

  const before = await logIn()
  await server.stop()
  const start = performance.now()
  const during = await logIn()
  const ms = performance.now() - start
  const live = await status(`${url}/health/live`)
  // Readiness is kept for a second.
  const isUnready = async () => (await status(`${url}/health/ready`)) === 503
  await until(isUnready, 'the outage to show in readiness')
  await server.start()
  const after = await logIn()
  child.kill('SIGTERM')

  t.assert.equal(before.status, 201)
  t.assert.equal(during.status, 503)
  t.assert.match(`${during.headers.get('retry-after')}`, /^\d+$/)
  const problem = (await during.json()) as { type: string }
  t.assert.equal(problem.type, '/problems/database-unavailable')
  t.assert.ok(ms < 1000, `took ${ms} ms`)
  t.assert.equal(live, 200)
  t.assert.equal(after.status, 201)
  t.assert.equal(await exit, 0)
})

test('starts several replicas on one empty database together', async (t: TestContext) => {
  const DATABASE_URL = await testDatabase(t, 'users')
  const env = { PORT: '0', DATABASE_URL, DEMO: 'true', BCRYPT_COST: '10' }
  const replicas = [startProcess(t, env), startProcess(t, env)]

  const urls = await Promise.all(replicas.map(async ({ child }) => addressOf(child)))
  await Promise.all(urls.map(untilReady))
  for (const { child } of replicas) child.kill('SIGTERM')

  t.assert.deepEqual(await Promise.all(replicas.map(async ({ exit }) => exit)), [0, 0])
})
