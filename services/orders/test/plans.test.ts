import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { explainQueries } from '@gatehouse/database/testing-plans'
import type { PrismaClient } from '#db'
import { createStores } from '../src/store.ts'

/** With PLAN_ROWS=1000000 this takes minutes; indexes are chosen for a fraction of that. */
const rows = Number(process.env.PLAN_ROWS ?? 30_000)
/** What a page of 21 rows may cost at most, however many there are; a page has 8 kB. */
const maxPages = 200
const owner = randomUUID()

/** One user has a tenth of the orders, and of them one in a thousand is shipped. */
const generation = `
  set session_replication_role = replica;
  insert into orders (id, item, address, quantity, created_by, status)
  select uuidv7(make_interval(secs => (n - ${rows}) / 10.0)), 'Lamp', '1 Main Street', 1,
    case when n % 10 = 0 then '${owner}' else gen_random_uuid() end,
    (case when n % 1000 = 0 then 'shipped' else 'placed' end)::order_status
  from generate_series(1, ${rows}) n;
  insert into order_changes (id, order_id, version, action, changed_by, request_id, changes)
  select uuidv7(), id, 1, 'placed', created_by, 'test', '[]' from orders;
  insert into order_events (created_by, number, "order")
  select created_by, row_number() over (partition by created_by), to_jsonb(orders) from orders;
  insert into order_feeds select created_by, count(*) from orders group by created_by;
  insert into idempotency_keys (created_by, key, request, order_id)
  select created_by, 'key', '{}', id from orders where created_by <> '${owner}';
  set session_replication_role = origin`

test('every list, page and look-up of orders reads by an index, however many orders there are', async (t: TestContext) => {
  const plans = await explainQueries(await testDatabase(t, 'orders'))
  t.after(plans.end)
  await plans.client.query(generation)
  await plans.client.query('analyze')
  const { orders, history, idempotency, stream } = createStores({} as PrismaClient, plans.query)
  const { rows: middle } = await plans.client.query(
    `select id, created_by from orders offset ${rows / 2} limit 1`
  )
  const [{ id, created_by }] = middle

  for (const whose of [owner, randomUUID(), null])
    for (const status of [undefined, 'placed', 'shipped', 'cancelled'] as const)
      for (const before of [undefined, id])
        await orders.list({ owner: whose, status, before, limit: 20 })
  await orders.find({ id, owner: null })
  await history.list(id, { before: undefined, limit: 20 })
  await history.list(id, { before: randomUUID(), limit: 20 })
  await idempotency.find(created_by, 'key')
  await stream.lastEvent(owner)
  await stream.eventsAfter({ owner, after: rows / 20, limit: 20 })

  t.assert.equal(plans.explained.length, 30)
  for (const { text, values, scanned, pages } of plans.explained) {
    t.assert.deepEqual(scanned, [], text)
    t.assert.ok(pages <= maxPages, `${pages} pages for ${text} ${values}`)
  }
})
