import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { testDatabase } from '@gatehouse/database/testing'
import { createServiceSigner } from '@gatehouse/service-kit'
import { callerHeaders, startProcess, testSecret, until } from '@gatehouse/service-kit/testing'
import { holdable } from './hold.ts'
import { eventOf, sample, startReplica } from './start-orders.ts'

const script = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const ada = { id: '0190c3a4-7c1e-7000-8000-0000000000aa', type: 'default' }
const signAsUsers = createServiceSigner(testSecret, 'users')

/** A process on a database that can be made to answer nothing; `client` sees what is really in there. */
async function start(t: TestContext) {
  const url = await testDatabase(t, 'orders')
  const { client } = await startReplica(t, url)
  const run = async (DATABASE_URL: string) =>
    startProcess(t, script, { DATABASE_URL, INTERNAL_SECRET: testSecret })
  const way = await holdable(t, url)
  const running = await run(way.url)
  const locks = () => client.$queryRaw<{ pid: number }[]>`
    select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  return { client, way, running, locks, startAgain: async () => run(url) }
}

async function place(origin: string, key = 'k1') {
  const headers = { ...callerHeaders(ada), 'content-type': 'application/json' }
  return fetch(`${origin}/orders`, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': key },
    body: JSON.stringify(sample)
  })
}

async function tell(origin: string, event: object) {
  const body = JSON.stringify(event)
  const signature = signAsUsers({ method: 'POST', path: '/events', body })
  const headers = { 'content-type': 'application/json', 'request-signature': signature }
  return fetch(`${origin}/events`, { method: 'POST', headers, body })
}

const lost = (error: Error) => error

test('H2 a process that is killed before the commit leaves nothing, and its key is free', async (t: TestContext) => {
  const { client, running, locks, startAgain } = await start(t)
  await place(running.url, 'k0')

  const answer = await client.$transaction(async (tx) => {
    await tx.$executeRaw`select 1 from order_feeds where created_by = ${ada.id}::uuid for update`
    const waiting = place(running.url).catch(lost)
    await until(async () => (await locks()).length > 0, 'a statement that waits for a lock')
    await running.kill()
    // PostgreSQL would notice that its client is gone when it answers, after the commit.
    for (const { pid } of await locks())
      await client.$executeRaw`select pg_terminate_backend(${pid})`
    return waiting
  })
  const left = await client.order.count()
  const again = await place((await startAgain()).url)

  t.assert.ok(answer instanceof Error)
  t.assert.equal(left, 1)
  t.assert.equal(again.status, 201)
  t.assert.equal(again.headers.get('idempotency-replayed'), null)
  t.assert.equal(await client.order.count(), 2)
  t.assert.equal(await client.orderChange.count(), 2)
})

test('H2 a process that is killed between the commit and the answer has placed one order, which a repetition gets', async (t: TestContext) => {
  const { client, way, running, startAgain } = await start(t)
  const held = way.holdAt(/insert into orders/)

  const answer = place(running.url).catch(lost)
  await held
  await until(async () => client.order.count(), 'the order in the database')
  await running.kill()
  const again = await place((await startAgain()).url)

  t.assert.ok((await answer) instanceof Error)
  t.assert.equal(again.status, 201)
  t.assert.equal(again.headers.get('idempotency-replayed'), 'true')
  const [order] = await client.order.findMany({ include: { history: true } })
  t.assert.equal(order?.id, ((await again.json()) as { id: string }).id)
  t.assert.equal(order?.history.length, 1)
  t.assert.equal(await client.order.count(), 1)
})

const points: [string, RegExp[], number][] = [
  ['before it has done anything', [/deleted_users/], 0],
  ['before the commit', [/received_events/, /INSERT INTO .*received_events/], 0],
  ['between the commit and the answer', [/INSERT INTO .*received_events/, /COMMIT/], 1]
]

for (const [point, texts, received] of points)
  test(`H3 an event during which the process is killed ${point} has its effect once when it comes again`, async (t: TestContext) => {
    const { client, way, running, startAgain } = await start(t)
    for (const key of ['k1', 'k2', 'k3']) await place(running.url, key)
    const event = eventOf('user.deleted', ada.id)
    const held = way.holdAt(...texts)

    const answer = tell(running.url, event).catch(lost)
    await held
    await until(async () => (await client.receivedEvent.count()) >= received, 'the event')
    await running.kill()
    const again = await tell((await startAgain()).url, event)

    t.assert.ok((await answer) instanceof Error)
    t.assert.equal(again.status, 204)
    const orders = await client.order.findMany({ include: { history: true } })
    t.assert.deepEqual(
      orders.map(({ status, history }) => [status, history.length]),
      Array.from({ length: 3 }, () => ['cancelled', 2])
    )
    t.assert.equal(await client.receivedEvent.count(), 1)
  })
