import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { openDatabase } from '../src/database.ts'
import { emptyDatabase } from '../src/testing.ts'
import { addMigration, ask, prismaFolder } from './start.ts'

const things = `create table things (id serial primary key, name text);
  create function refuse() returns trigger language plpgsql as $$ begin raise exception 'never'; end $$;
  create trigger things_stay before update on things for each row execute function refuse()`

/** A database owned by one role and served by another, as both ways to run make it; gives the URL of each role. */
async function twoRoles(t: TestContext) {
  const url = await emptyDatabase(t)
  const name = new URL(url).pathname.slice(1)
  const [serving, owner] = ['serving', 'owner'].map((part) => `${part}_${randomUUID().slice(0, 8)}`)
  const admin = new URL(url)
  admin.pathname = '/postgres'
  for (const role of [serving, owner])
    await ask(admin.href, `create role ${role} login password 'p'`)
  await ask(admin.href, `alter database ${name} owner to ${owner}`)
  await ask(admin.href, `grant connect on database ${name} to ${serving}`)
  // The database is gone by then: what was to be done after the test first is done first.
  t.after(async () => ask(admin.href, `drop role ${serving}, ${owner}`))
  const as = (role = '') => Object.assign(new URL(url), { username: role, password: 'p' }).href
  return { serving: as(serving), owner: as(owner) }
}

test('K17 one role migrates, and the one that serves owns nothing and switches nothing off', async (t: TestContext) => {
  const { serving, owner } = await twoRoles(t)
  const folder = await prismaFolder(t, { '20260101000000_first': things })
  const open = async () => {
    const prisma = pathToFileURL(`${folder}/`)
    const database = openDatabase({ url: serving, migrationUrl: owner, prisma })
    await database.prepare()
    await database.close()
  }

  await open()
  await addMigration(folder, '20260102000000_second', 'create table others (id int)')
  await open()

  await ask(serving, `insert into things (name) values ('a'); insert into others values (1)`)
  await ask(serving, 'delete from others')
  t.assert.deepEqual(await ask(serving, 'select id, name from things'), [{ id: 1, name: 'a' }])
  await t.assert.rejects(ask(serving, `update things set name = 'b'`), /never/)
  for (const sql of [
    'alter table things disable trigger things_stay',
    'drop trigger things_stay on things',
    'create or replace function refuse() returns trigger language plpgsql as $$ begin return new; end $$',
    `set session_replication_role = 'replica'`,
    'truncate things',
    'drop table things',
    'create table mine (id int)',
    'delete from _prisma_migrations'
  ])
    await t.assert.rejects(ask(serving, sql), { code: '42501' }, sql)
})
