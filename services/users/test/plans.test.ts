import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { explainQueries } from '@gatehouse/database/testing-plans'
import type { PrismaClient } from '#db'
import { createStores } from '../src/store.ts'

/** With PLAN_ROWS=1000000 this takes minutes; indexes are chosen for a fraction of that. */
const rows = Number(process.env.PLAN_ROWS ?? 20_000)
/** What a page of 21 rows may cost at most, in pages of 8 kB; what is rare is at most one user in 500. */
const maxPages = 600 + rows / 400
const busy = randomUUID()

/** Names of ten letters and digits; one user has logged in often, and is logged in five times. */
const generation = `
  insert into users (id, username, username_key, email, email_key, user_type, password_hash, updated_at)
  select uuidv7(make_interval(secs => (n - ${rows}) / 10.0)), name, name, mail, mail, 'default', '', now()
  from (
    select n, substr(md5(n::text), 1, 10) || n as name, substr(md5(n::text), 11, 8) || n || '@example.org' as mail
    from generate_series(1, ${rows}) n
  ) generated;
  insert into sessions (id, user_id, expires_at, ended_at, ended_in)
  select uuidv7(make_interval(secs => n - ${rows})), '${busy}', now() + interval '1 day', now(), n
  from generate_series(1, ${rows}) n;
  update sessions set ended_at = null, ended_in = null
  where id in (select id from sessions order by id limit 5)`

test('every list, page and search of users reads by an index, however many users there are', async (t: TestContext) => {
  const plans = await explainQueries(await testDatabase(t, 'users'))
  t.after(plans.end)
  // An index that is built at once takes a fraction of the time that one takes which grows row by row.
  const [index] = await plans.query<{ sql: string }>(
    `select pg_get_indexdef('users_search_idx'::regclass) as sql`,
    []
  )
  await plans.client.query(`drop index users_search_idx; ${generation}`)
  await plans.client.query(index?.sql ?? '')
  await plans.client.query('vacuum analyze')
  const { users, account } = createStores({} as PrismaClient, plans.query)
  const { rows: middle } = await plans.client.query(
    `select id, username from users offset ${rows / 2} limit 1`
  )
  const [{ id, username }] = middle
  plans.explained.length = 0

  const searches = ['a', '@', '_', 'z', 'a1', 'zz', 'a1b', username, username.slice(2, 8)]
  const found: number[] = []
  for (const q of [undefined, ...searches, 'example', '@example.org', 'nobody', 'z@example'])
    for (const after of [undefined, id])
      found.push((await users.list({ q, after, limit: 20 })).length)
  await users.find(id)
  const sessions = await account.listSessions(busy, { after: undefined, limit: 20 })
  await account.listSessions(busy, { after: randomUUID(), limit: 20 })

  t.assert.deepEqual([found[0], found[2], found[6], sessions.length], [21, 21, 0, 5])
  t.assert.ok(plans.explained.length > 31)
  for (const { text, values, scanned, pages } of plans.explained) {
    t.assert.deepEqual(scanned, [], text)
    t.assert.ok(pages <= maxPages, `${pages} pages for ${text} ${values}`)
  }
})
