import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { forgetOldSessions } from '../src/sessions/sweep.ts'
import { startUsers } from './start-users.ts'

const limit = 5000

type Users = Awaited<ReturnType<typeof startUsers>>

/** Makes every statement fail that deletes more than `limit` rows of `table`, as one of 5 s does among 200,000. */
async function refuseLargeDeletes({ prisma }: Users, table: string) {
  await prisma.$executeRawUnsafe(`
    create function refuse_large_delete_of_${table}() returns trigger language plpgsql as $$ begin
      if (select count(*) from gone) > ${limit} then raise exception 'too much at once'; end if;
      return null;
    end $$`)
  await prisma.$executeRawUnsafe(`
    create trigger refuse_large_delete after delete on ${table} referencing old table as gone
    for each statement execute function refuse_large_delete_of_${table}()`)
}

test('forgets any number of old sessions, tokens and failed logins, some at a time', async (t: TestContext) => {
  const users = await startUsers(t, { url: await testDatabase(t, 'users') })
  const { prisma, stores } = users
  const { id } = await users.register()
  await prisma.$executeRaw`
    insert into sessions (id, user_id, expires_at, ended_at, ended_in)
    select uuidv7(), ${id}::uuid, now() + interval '1 day', now() - interval '2 days', 1
    from generate_series(1, 12000)`
  await prisma.$executeRaw`
    insert into refresh_tokens (token_hash, session_id, expires_at)
    select uuid_send(uuidv7()), (select id from sessions limit 1), now() + days * interval '1 day'
    from generate_series(1, 6000), (values (-2), (1)) expiry(days)`
  await prisma.$executeRaw`
    insert into login_failures (id, account, network, at)
    select uuidv7(), '', '', now() - interval '1 day' from generate_series(1, 6000)`
  for (const table of ['sessions', 'refresh_tokens', 'login_failures'])
    await refuseLargeDeletes(users, table)

  const count = await forgetOldSessions(stores.sessions)
  await stores.throttle.forget()

  t.assert.equal(count, 12_000)
  const left = [prisma.session.count(), prisma.refreshToken.count(), prisma.loginFailure.count()]
  t.assert.deepEqual(await Promise.all(left), [0, 0, 0])
})
