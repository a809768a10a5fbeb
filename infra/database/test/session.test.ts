import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { migrate } from '../src/migrate.ts'
import { emptyDatabase } from '../src/testing.ts'
import { ask, prismaFolder, startDatabase } from './start.ts'

const names = [
  'TimeZone',
  'DateStyle',
  'IntervalStyle',
  'search_path',
  'default_transaction_isolation',
  'standard_conforming_strings',
  'bytea_output',
  'lock_timeout',
  'transaction_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout'
]
const expected = [
  ...['UTC', 'ISO, MDY', 'postgres', 'public', 'read committed', 'on', 'hex'],
  ...['0', '0', '0', '0']
]
const foreign = [
  `timezone = 'America/New_York'`,
  `datestyle = 'German'`,
  `intervalstyle = 'sql_standard'`,
  `search_path = 'nowhere'`,
  `default_transaction_isolation = 'serializable'`,
  'standard_conforming_strings = off',
  `bytea_output = 'escape'`,
  'statement_timeout = 1',
  'lock_timeout = 1',
  'transaction_timeout = 1',
  'idle_in_transaction_session_timeout = 1',
  'idle_session_timeout = 1'
]

/** A database whose own settings, and those of its URL, are different in everything that our SQL relies on. */
async function foreignDatabase(t: TestContext) {
  const url = new URL(await emptyDatabase(t))
  const database = url.pathname.slice(1)
  const sql = foreign.map((setting) => `alter database ${database} set ${setting}`).join(';')
  await ask(url.href, sql)
  url.searchParams.set('options', '-c TimeZone=Asia/Kolkata -c DateStyle=SQL -c work_mem=5MB')
  url.searchParams.set('statement_timeout', '2')
  return url.href
}

test('H9 every connection sets what our SQL relies on, whatever server, database, role and URL say', async (t: TestContext) => {
  const url = await foreignDatabase(t)
  const { query } = await startDatabase(t, url)
  const shown = names.map((name) => `current_setting('${name}')`).join(', ')

  const [row] = await query(`select ${shown}`)
  const [limits] = await query(
    `select current_setting('statement_timeout'), current_setting('work_mem')`
  )

  t.assert.deepEqual(row, expected)
  t.assert.deepEqual(limits, ['5s', '5MB'])
})

test('H9 an instant is read and written as it is, wherever the server is', async (t: TestContext) => {
  const { adapter } = await startDatabase(t, await foreignDatabase(t))
  const at = '2026-03-01T12:00:00.000Z'
  const argTypes = [{ scalarType: 'datetime', dbType: 'TIMESTAMPTZ', arity: 'scalar' } as const]
  const sql = 'select $1::timestamptz, extract(epoch from $1::timestamptz)::float8'

  const { rows } = await adapter.queryRaw({ sql, args: [at], argTypes })

  t.assert.deepEqual(rows, [['2026-03-01T12:00:00+00:00', Date.parse(at) / 1000]])
})

test('H9 migrations run in the public schema and without a time limit, whatever the database says', async (t: TestContext) => {
  const url = await foreignDatabase(t)
  const script = `create table things (at timestamptz default '2026-03-01 12:00'); insert into things default values;
    select pg_sleep(0.02)`
  const prisma = await prismaFolder(t, { '20260101000000_first': script })

  const applied = await migrate({ url }, join(prisma, 'migrations'))

  t.assert.equal(applied.length, 1)
  const { query } = await startDatabase(t, url)
  t.assert.deepEqual(await query('select at from public.things'), [['2026-03-01T12:00:00+00:00']])
})
