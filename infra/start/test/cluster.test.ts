import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { postgresAccount } from '../postgres-account.js'
import { freePort } from '../src/ports.ts'
import { ensureCluster, maxConnections, runAlone } from '../src/postgres/cluster.ts'
import { startServer } from '../src/postgres/server.ts'
import { dataFolder } from './system.ts'

const database = (name: string) => ({
  name,
  password: `${name}-1`,
  ownerPassword: `${name}-2`
})

function place(t: TestContext) {
  return { folder: join(dataFolder(t), 'postgres'), account: postgresAccount() }
}

/** Starts the server of `cluster`; gives what runs one statement as a role, and stops the server. */
async function serve(t: TestContext, cluster: ReturnType<typeof place>) {
  const port = await freePort()
  const server = await startServer(cluster, port, maxConnections(3))
  let stopped: Promise<void> | undefined
  const stop = async () => (stopped ??= server.stop())
  t.after(stop)
  const ask = async (url: string, sql: string) => {
    const client = new pg.Client({ connectionString: `postgresql://${url}` })
    await client.connect()
    return client
      .query({ text: sql, rowMode: 'array' })
      .then(({ rows }) => rows)
      .finally(() => client.end())
  }
  const as = async (role: string, password: string, name: string, sql: string) =>
    ask(`${role}:${password}@127.0.0.1:${port}/${name}`, sql)
  return { as, stop }
}

test('K28 a service that is added to existing data finds its roles and its database', async (t: TestContext) => {
  const cluster = place(t)
  await ensureCluster(cluster, [database('users')])
  const first = await serve(t, cluster)
  await first.as('users_owner', 'users-2', 'users', 'create table kept (id int)')
  await first.stop()

  await ensureCluster(cluster, [database('users'), database('payments')])
  await ensureCluster(cluster, [database('users'), database('payments')])
  const { as } = await serve(t, cluster)

  t.assert.deepEqual(await as('users_owner', 'users-2', 'users', 'select * from kept'), [])
  t.assert.deepEqual(await as('payments', 'payments-1', 'payments', 'select 1'), [[1]])
  await as('payments_owner', 'payments-2', 'payments', 'create table things (id int)')
  const limits = `select rolname, rolconnlimit > 0, rolsuper from pg_roles where rolname !~ '^(pg_|postgres)' order by 1`
  t.assert.deepEqual(await as('users', 'users-1', 'users', limits), [
    ['payments', true, false],
    ['payments_owner', true, false],
    ['users', true, false],
    ['users_owner', true, false]
  ])
  for (const [role, password, name] of [
    ['payments', 'payments-1', 'users'],
    ['users', 'users-1', 'postgres'],
    ['users', 'payments-1', 'users'],
    ['postgres', '', 'users']
  ] as const)
    await t.assert.rejects(as(role, password, name, 'select 1'), { code: /^28/ }, `${role} ${name}`)
})

test('K17 data of an earlier version, where the role that serves owned all, is given to the owner', async (t: TestContext) => {
  const cluster = place(t)
  await ensureCluster(cluster, [])
  await runAlone(cluster, [
    `CREATE ROLE users LOGIN PASSWORD 'old'`,
    'CREATE DATABASE users OWNER users',
    'REVOKE ALL ON DATABASE users FROM PUBLIC'
  ])
  const script = ['SET ROLE users', 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (7)']
  await runAlone(cluster, script, 'users')

  await ensureCluster(cluster, [database('users')])
  const { as } = await serve(t, cluster)

  t.assert.deepEqual(await as('users_owner', 'users-2', 'users', 'select * from kept'), [[7]])
  await as('users_owner', 'users-2', 'users', 'alter table kept add column name text')
  await t.assert.rejects(as('users', 'users-1', 'users', 'drop table kept'), { code: '42501' })
  t.assert.equal(existsSync(`${cluster.folder}-unfinished`), false)
})

test('what a start left unfinished is finished by the next', async (t: TestContext) => {
  const cluster = place(t)
  await ensureCluster(cluster, [])
  await runAlone(cluster, ['CREATE ROLE users', 'CREATE DATABASE users'])

  await ensureCluster(cluster, [database('users')])
  const { as } = await serve(t, cluster)

  t.assert.deepEqual(await as('users', 'users-1', 'users', 'select 1'), [[1]])
  await as('users_owner', 'users-2', 'users', 'create table things (id int)')
})
