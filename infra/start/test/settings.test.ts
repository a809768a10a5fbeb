import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { banner } from '../src/banner.ts'
import { readEnvFile } from '../src/env-file.ts'
import { environments } from '../src/environment.ts'
import { untilReady } from '../src/ready.ts'
import { openSecrets } from '../src/secrets.ts'
import { readSettings } from '../src/settings.ts'
import { dataFolder, runStart } from './system.ts'

const never = async () => new Promise<string>(() => {})

async function listen(t: TestContext, host: string): Promise<number | null> {
  const server = createServer((_request, response) => response.end('{}'))
  t.after(() => server.close())
  const { promise, resolve } = Promise.withResolvers<number | null>()
  server.on('error', () => resolve(null))
  server.listen(0, host, () => resolve((server.address() as { port: number }).port))
  return promise
}

for (const host of ['::1', '127.0.0.2', '0.0.0.0', '::', 'localhost'])
  test(`npm start with HOST=${host} asks there whether the gateway is ready`, async (t: TestContext) => {
    const port = await listen(t, host)
    if (port === null) return t.skip(`this machine has no ${host}`)

    await untilReady([{ name: 'gateway', host, port, exited: never }], t.signal)
  })

test('a HOST that Conda sets for its compilers is told as such', (t: TestContext) => {
  const message =
    'HOST must be the IP address to listen on, or localhost, not "x86_64-conda-linux-gnu" (Conda sets HOST for its compilers); unset it, or set HOST=127.0.0.1.'
  const read = () => readSettings('/', [], { HOST: 'x86_64-conda-linux-gnu' })

  t.assert.throws(read, { name: 'StartError', message })
})

test('variables for another PostgreSQL reach no process', (t: TestContext) => {
  const secrets = openSecrets(join(dataFolder(t), 'secrets'))
  const ports = { gateway: 1, users: 2, orders: 3, postgres: 4 }
  const given = { PGSSLMODE: 'require', PGOPTIONS: '-c x=y', LOG_LEVEL: 'warn' }

  const all = Object.values(environments({ given, secrets, host: '::1', ports }))

  for (const env of all) {
    t.assert.deepEqual(
      Object.keys(env).filter((name) => name.startsWith('PG')),
      []
    )
    t.assert.equal((env as NodeJS.ProcessEnv).LOG_LEVEL, 'warn')
  }
})

test('A15 K3 each process is given its own secrets alone, a key for each pair', (t: TestContext) => {
  const secrets = openSecrets(join(dataFolder(t), 'secrets'))
  const ports = { gateway: 1, users: 2, orders: 3, postgres: 4 }
  const given = { JWT_SECRET: 'given-to-the-gateway', EVENTS_SECRET_FILE: '/given/events' }

  const all = environments({ given, secrets, host: '::1', ports })
  const { gateway, users, orders } = all as Record<keyof typeof all, NodeJS.ProcessEnv>

  t.assert.equal(gateway.INTERNAL_SECRET_USERS_FILE, users.INTERNAL_SECRET_FILE)
  t.assert.equal(gateway.INTERNAL_SECRET_ORDERS_FILE, orders.INTERNAL_SECRET_FILE)
  t.assert.equal(new Set([gateway, users, orders].map((env) => env.INTERNAL_SECRET_FILE)).size, 3)
  t.assert.equal(gateway.JWT_SECRET, 'given-to-the-gateway')
  for (const env of [users, orders]) {
    t.assert.equal(env.EVENTS_SECRET_FILE, '/given/events')
    t.assert.deepEqual(
      Object.keys(env).filter((name) => /^JWT_SECRET|^INTERNAL_SECRET_(?!FILE)/.test(name)),
      []
    )
  }
  t.assert.ok(!Object.keys(gateway).some((name) => name.startsWith('EVENTS_SECRET')))
})

test('a byte order mark in .env hides no line', (t: TestContext) => {
  const file = join(dataFolder(t), '.env')
  writeFileSync(file, '\uFEFFDEMO=false\nLOG_LEVEL=warn\n')
  const env: NodeJS.ProcessEnv = { LOG_LEVEL: 'debug' }

  readEnvFile(file, env)

  t.assert.deepEqual(env, { DEMO: 'false', LOG_LEVEL: 'debug' })
})

test('an .env in UTF-16 is told as such', (t: TestContext) => {
  const file = join(dataFolder(t), '.env')
  writeFileSync(file, '\uFEFFDEMO=false\n', 'utf16le')

  t.assert.throws(() => readEnvFile(file, {}), /is UTF-16; save it as UTF-8/)
})

test('a start that offers the demo accounts to the network warns of it', (t: TestContext) => {
  const shown = (HOST: string, demo: boolean) =>
    banner(readSettings('/', [], { HOST }), 8001, Date.now(), demo)

  t.assert.match(shown('0.0.0.0', true), /Warning: .* log in as admin .*DEMO=false/)
  t.assert.match(shown('192.0.2.7', true), /http:\/\/192\.0\.2\.7:8001/)
  t.assert.doesNotMatch(shown('0.0.0.0', false), /Warning/)
  for (const host of ['', '127.0.0.1', '::1', 'localhost', '127.0.0.2'])
    t.assert.doesNotMatch(shown(host, true), /Warning/, host)
  t.assert.match(shown('::1', true), /http:\/\/\[::1\]:8001/)
})

test('a data folder that cannot be made or written is told in a sentence', async (t: TestContext) => {
  const folder = dataFolder(t)
  writeFileSync(join(folder, 'file'), '')
  mkdirSync(join(folder, 'data/lock'), { recursive: true })

  for (const data of ['file', 'file/data', 'data']) {
    const system = await runStart(t, join(folder, data))

    t.assert.equal(await system.exited, 1)
    t.assert.match(system.said(), /^The data folder \S+ cannot be used: .+\n$/)
    t.assert.match(system.said(), /set DATA_DIR to a folder that can be written\.\n$/)
  }
})
