import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { migrate, migrationLock } from '../src/migrate.ts'
import { emptyDatabase } from '../src/testing.ts'
import { addMigration, ask, prismaFolder } from './start.ts'

const first = '20260101000000_first'
const second = '20260102000000_second'

test('H7 applies migrations in order, on an empty database and on a previous version', async (t) => {
  const url = await emptyDatabase(t)
  const prisma = await prismaFolder(t, { [first]: 'create table things (id int)' })
  const before = await migrate({ url }, join(prisma, 'migrations'))
  await addMigration(prisma, second, 'alter table things add column name text')

  const after = await migrate({ url }, join(prisma, 'migrations'))

  t.assert.deepEqual(before, [first])
  t.assert.deepEqual(after, [second])
  t.assert.deepEqual(await ask(url, 'select id, name from things'), [])
})

test('applies nothing twice', async (t) => {
  const url = await emptyDatabase(t)
  const prisma = await prismaFolder(t, { [first]: 'create table things (id int)' })
  await migrate({ url }, join(prisma, 'migrations'))

  const again = await migrate({ url }, join(prisma, 'migrations'))

  t.assert.deepEqual(again, [])
})

test('lets one of several replicas that start together migrate', async (t) => {
  const url = await emptyDatabase(t)
  const prisma = await prismaFolder(t, {
    [first]: 'create table things (id int)',
    [second]: 'insert into things values (1)'
  })
  const replicas = [1, 2, 3, 4].map(async () => migrate({ url }, join(prisma, 'migrations')))

  const applied = await Promise.all(replicas)

  t.assert.deepEqual(applied.flat(), [first, second])
  t.assert.deepEqual(await ask(url, 'select id from things'), [{ id: 1 }])
})

test('says that it waits for another that migrates', async (t) => {
  const url = await emptyDatabase(t)
  const prisma = await prismaFolder(t, { [first]: 'create table things (id int)' })
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  await other.query('select pg_advisory_lock($1)', [migrationLock])
  let waits = 0
  const onWait = () => {
    waits += 1
    void other.end()
  }

  const applied = await migrate({ url, onWait }, join(prisma, 'migrations'))

  t.assert.deepEqual(applied, [first])
  t.assert.equal(waits, 1)
})

test('takes a script whole: semicolons in strings and in functions cut nothing', async (t) => {
  const url = await emptyDatabase(t)
  const script = `create table things (name text default 'a;b');
    create function two() returns int language plpgsql as $$ begin perform 1; return 2; end $$;`
  const prisma = await prismaFolder(t, { [first]: script })

  await migrate({ url }, join(prisma, 'migrations'))

  t.assert.deepEqual(await ask(url, 'select two()'), [{ two: 2 }])
})

test('H7 leaves nothing of a migration that fails, and applies it once it is mended', async (t) => {
  const url = await emptyDatabase(t)
  const prisma = await prismaFolder(t, { [first]: 'create table things (id int); select nonsense' })
  const failure = migrate({ url }, join(prisma, 'migrations'))
  await t.assert.rejects(failure, /nonsense/)
  await addMigration(prisma, first, 'create table things (id int)')

  const applied = await migrate({ url }, join(prisma, 'migrations'))

  t.assert.deepEqual(applied, [first])
})

test('H7 resumes a migration that was broken off', async (t) => {
  const url = await emptyDatabase(t)
  const prisma = await prismaFolder(t, { [first]: 'create table things (id int)' })
  await migrate({ url }, join(prisma, 'migrations'))
  await addMigration(prisma, second, 'create table others (id int)')
  const note = `'1', 'checksum', '${second}', now(), 0`
  await ask(
    url,
    `insert into _prisma_migrations (id, checksum, migration_name, started_at, applied_steps_count) values (${note})`
  )

  const applied = await migrate({ url }, join(prisma, 'migrations'))

  t.assert.deepEqual(applied, [second])
})
