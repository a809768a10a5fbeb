import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { postgresAccount } from '../postgres-account.js'
import { freePort } from '../src/ports.ts'
import { findBinaries } from '../src/postgres/binaries.ts'
import { dataFolder } from './system.ts'

// What the containers of PostgreSQL and of the secrets run, without the containers.
const scripts = join(import.meta.dirname, '../../postgres')

function lacking(...commands: string[]): string | false {
  const missing = commands.filter((name) => spawnSync(name, ['--version']).error !== undefined)
  return missing.length > 0 && `it needs ${missing.join(' and ')}`
}

function makeSecrets(folder: string, services?: string): string {
  const env = { ...process.env, SECRETS: folder, ...(services && { SERVICES: services }) }
  const { status, stdout, stderr } = spawnSync('bash', [join(scripts, 'create-secrets.sh')], {
    env,
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

/** Every secret in `folder` by its path, with the user who can read it. */
function secretsIn(folder: string) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  const read = files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      const { uid, mode } = statSync(path)
      if ((mode & 0o077) !== 0) throw new Error(`${path} has mode ${mode.toString(8)}`)
      return [path.slice(folder.length + 1), { uid, value: readFileSync(path, 'utf8') }] as const
    })
  return Object.fromEntries(read)
}

const root = process.getuid?.() === 0 ? false : 'only root gives files to others'

test('K28 the secrets that are missing are made at each start, and those that are there stay', {
  skip: root || lacking('bash')
}, (t: TestContext) => {
  const folder = dataFolder(t)
  makeSecrets(folder)
  const first = secretsIn(folder)
  rmSync(join(folder, 'orders'), { recursive: true })
  rmSync(join(folder, 'users/internal-secret'))

  const told = makeSecrets(folder, 'users:10002 orders:10003 payments:10004')
  const second = secretsIn(folder)
  const quiet = makeSecrets(folder, 'users:10002 orders:10003 payments:10004')

  for (const [path, secret] of Object.entries(first)) t.assert.deepEqual(second[path], secret, path)
  for (const name of ['users', 'orders', 'payments'])
    t.assert.equal(
      second[`${name}/internal-secret`]?.value,
      second[`gateway/internal-secret-${name}`]?.value
    )
  t.assert.equal(second['users/events-secret']?.value, second['orders/events-secret']?.value)
  const keys = ['users/internal-secret', 'orders/internal-secret', 'payments/internal-secret']
  const others = ['users/events-secret', 'gateway/internal-secret']
  t.assert.equal(new Set([...keys, ...others].map((path) => second[path]?.value)).size, 5)
  t.assert.equal(second['payments/database-url']?.uid, 10_004)
  t.assert.equal(
    second['payments/database-url']?.value,
    `postgresql://payments:${second['postgres/payments-password']?.value}@postgres:5432/payments`
  )
  t.assert.match(told, /payments\/migration-database-url/)
  t.assert.equal(quiet, '')
  t.assert.equal(statSync(folder).mode & 0o777, 0o711)
})

/** Starts what the container of PostgreSQL starts; resolves once that takes connections. */
async function startScript(t: TestContext, folder: string, services: string) {
  const { postgres } = await findBinaries()
  const port = await freePort()
  const env = {
    ...process.env,
    PATH: `${dirname(postgres)}:${process.env.PATH}`,
    PGDATA: join(folder, '18/docker'),
    SECRETS: folder,
    SOCKETS: folder,
    SERVICES: services,
    LISTEN: '127.0.0.1',
    PORT: `${port}`
  }
  const account = postgresAccount()
  const child = spawn('bash', [join(scripts, 'start-postgres.sh')], {
    ...account,
    env,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const exited = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGINT')
    await exited
  })
  const lines: string[] = []
  child.stdout.resume()
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line)
    if (line.includes('ready to accept connections')) break
  }
  if (!lines.at(-1)?.includes('ready to accept')) throw new Error(lines.join('\n'))
  child.stderr.resume()
  const ask = async (role: string, password: string, name: string, sql: string) => {
    const connectionString = `postgresql://${role}:${password}@127.0.0.1:${port}/${name}`
    const client = new pg.Client({ connectionString })
    await client.connect()
    const result = client.query({ text: sql, rowMode: 'array' })
    return result.then(({ rows }) => rows).finally(async () => client.end())
  }
  const stop = async () => {
    child.kill('SIGINT')
    await exited
  }
  return { ask, stop }
}

function containerFolder(t: TestContext, names: string[]) {
  const folder = dataFolder(t)
  const secrets = join(folder, 'postgres')
  mkdirSync(secrets)
  for (const name of names) {
    writeFileSync(join(secrets, `${name}-password`), `${name}-1`)
    writeFileSync(join(secrets, `${name}-owner-password`), `${name}-2`)
  }
  const account = postgresAccount()
  if (account) chownSync(folder, account.uid, account.gid)
  chmodSync(secrets, 0o755)
  return folder
}

test('K28 the container of PostgreSQL makes the role and the database of a service that is added', {
  skip: lacking('bash', 'psql')
}, async (t: TestContext) => {
  const folder = containerFolder(t, ['users', 'payments'])
  const first = await startScript(t, folder, 'users:1')
  await first.ask('users_owner', 'users-2', 'users', 'create table kept (id int)')
  await first.stop()

  const { ask } = await startScript(t, folder, 'users:1 payments:2')

  t.assert.deepEqual(await ask('users_owner', 'users-2', 'users', 'select * from kept'), [])
  await t.assert.rejects(ask('users', 'users-1', 'users', 'select * from kept'), { code: '42501' })
  t.assert.deepEqual(await ask('payments', 'payments-1', 'payments', 'select 1'), [[1]])
  await ask('payments_owner', 'payments-2', 'payments', 'create table things (id int)')
  const limits = `select rolname, rolconnlimit from pg_roles where rolname like 'users%' order by 1`
  t.assert.deepEqual(await ask('users', 'users-1', 'users', limits), [
    ['users', 40],
    ['users_owner', 4]
  ])
  for (const [role, password, name] of [
    ['payments', 'payments-1', 'users'],
    ['users', 'users-1', 'postgres'],
    ['postgres', 'x', 'postgres']
  ] as const)
    await t.assert.rejects(
      ask(role, password, name, 'select 1'),
      { code: /^28/ },
      `${role} ${name}`
    )
})
