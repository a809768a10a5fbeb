import { type TestContext, test } from 'node:test'
import { callerHeaders, until } from '@gatehouse/service-kit/testing'
import { forgetOld } from '../src/sweep.ts'
import {
  eventOf,
  sample,
  startAlone,
  startOrders,
  startReplica,
  tell,
  userOf
} from './start-orders.ts'

async function start(t: TestContext, startApp = startOrders) {
  const started = await startApp(t)
  const { app } = started
  return { ...started, ada: userOf(app), bob: userOf(app), admin: userOf(app, 'admin') }
}

test('H14 cancels the open orders of a deleted user, and no others, each with its row of history', async (t: TestContext) => {
  const { app, ada, bob, admin } = await start(t)
  const open = [await ada.place(), await ada.place()]
  const [shipped, cancelled, other] = [await ada.place(), await ada.place(), await bob.place()]
  await admin.post(`/orders/${shipped.id}/ship`)
  await ada.post(`/orders/${cancelled.id}/cancel`)
  const event = eventOf('user.deleted', ada.id)

  const { statusCode } = await tell(app, event)

  t.assert.equal(statusCode, 204)
  const historyOf = async ({ id }: { id: string }) =>
    (await admin.get(`/orders/${id}/history`)).json()
  for (const order of open) {
    t.assert.equal((await admin.get(`/orders/${order.id}`)).json().status, 'cancelled')
    const [{ id, created_at, ...last }, ...before] = await historyOf(order)
    t.assert.equal(before.length, 1)
    t.assert.deepEqual(last, {
      version: 2,
      action: 'cancelled',
      changed_by: event.changed_by,
      request_id: event.request_id,
      reason: 'user-deleted',
      changes: [{ field: 'status', from: 'placed', to: 'cancelled' }]
    })
  }
  for (const order of [shipped, cancelled]) t.assert.equal((await historyOf(order)).length, 2)
  t.assert.equal((await bob.get(`/orders/${other.id}`)).json().status, 'placed')
})

test('H14 does once what is told ten times at once, over replicas', async (t: TestContext) => {
  const { app, url, ada, admin } = await start(t)
  const { app: other } = await startReplica(t, url)
  for (let count = 0; count < 5; count += 1) await ada.place()
  const event = eventOf('user.deleted', ada.id)

  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => tell(n % 2 ? app : other, event))
  )

  t.assert.deepEqual([...new Set(answers.map(({ statusCode }) => statusCode))], [204])
  for (const { id, status } of (await admin.get(`/orders?created_by=${ada.id}`)).json()) {
    t.assert.equal(status, 'cancelled')
    t.assert.equal((await admin.get(`/orders/${id}/history`)).json().length, 2)
  }
})

test('H14 cancels more orders than one transaction does', async (t: TestContext) => {
  const { app, client, ada } = await start(t)
  const placed = { ...sample, quantity: 1, created_by: ada.id }
  await client.order.createMany({ data: Array.from({ length: 1100 }, () => placed) })

  const { statusCode } = await tell(app, eventOf('user.deleted', ada.id))

  t.assert.equal(statusCode, 204)
  const where = { created_by: ada.id }
  t.assert.equal(await client.order.count({ where: { ...where, status: 'cancelled' } }), 1100)
  t.assert.equal(await client.orderChange.count({ where: { order: where } }), 1100)
})

test('H14 refuses an order of a user who is deleted, whatever was under way', async (t: TestContext) => {
  const { app, client, ada } = await start(t)
  const keyed = { payload: sample, headers: { 'idempotency-key': 'k1' } }

  const racing = Array.from({ length: 20 }, () => ada.post('/orders', { payload: sample }))
  const told = tell(app, eventOf('user.deleted', ada.id))
  const answers = await Promise.all(racing)
  t.assert.equal((await told).statusCode, 204)
  const late = await ada.post('/orders', keyed)

  t.assert.equal(late.statusCode, 403)
  t.assert.equal(late.json().type, '/problems/account-deleted')
  for (const { statusCode } of answers) t.assert.ok([201, 403].includes(statusCode))
  const where = { created_by: ada.id }
  t.assert.equal(await client.order.count({ where: { ...where, status: 'placed' } }), 0)
  t.assert.equal(await client.idempotencyKey.count({ where }), 0)
})

test('H14 waits for an order that is being placed, and then cancels it', async (t: TestContext) => {
  const { app, client, ada } = await start(t)
  const { id } = await ada.place()
  const waits = () => client.$queryRaw<object[]>`
    select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`

  const told = await client.$transaction(async (tx) => {
    await tx.$executeRaw`
      insert into orders (id, item, address, quantity, created_by)
      select uuidv7(), item, address, quantity, created_by from orders where id = ${id}::uuid`
    const telling = tell(app, eventOf('user.deleted', ada.id))
    await until(async () => (await waits()).length > 0, 'a statement that waits for a lock')
    return { telling }
  })

  t.assert.equal((await told.telling).statusCode, 204)
  const where = { created_by: ada.id, status: 'cancelled' } as const
  t.assert.equal(await client.order.count({ where }), 2)
})

test('takes what it has no use for, once and without an effect', async (t: TestContext) => {
  const { app, ada, client } = await start(t)
  const { id } = await ada.place()
  const event = eventOf('user.changed', ada.id, { data: { changed: ['email'] }, later: true })

  const answers = [await tell(app, event), await tell(app, event)]

  t.assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [204, 204]
  )
  t.assert.equal((await ada.get(`/orders/${id}`)).json().status, 'placed')
  t.assert.equal(await client.receivedEvent.count({ where: { id: event.id } }), 1)
})

test('A14 is told of users by the users service alone, not by a user or the gateway', async (t: TestContext) => {
  const { app, ada, admin } = await start(t)
  const { id } = await ada.place()
  const payload = eventOf('user.deleted', ada.id)

  const answers = [
    await admin.post('/events', { payload }),
    await app.inject({ method: 'POST', url: '/events', payload, headers: callerHeaders() }),
    await app.inject({ method: 'POST', url: '/events', payload })
  ]

  for (const answer of answers) {
    t.assert.equal(answer.statusCode, 401)
    t.assert.equal(answer.json().type, '/problems/not-from-the-service')
  }
  t.assert.equal((await ada.get(`/orders/${id}`)).json().status, 'placed')
})

test('refuses an event that is none with a pointer for each fault', async (t: TestContext) => {
  const { app } = await start(t)

  const response = await tell(app, eventOf('User Deleted', '1'))

  t.assert.equal(response.statusCode, 400)
  const pointers = response.json().errors.map(({ pointer }: { pointer: string }) => pointer)
  t.assert.deepEqual(pointers.toSorted(), ['#/body/type', '#/body/user_id'])
})

test('forgets the ids of events after 90 days, and never that a user is gone', async (t: TestContext) => {
  const { app, stores, ada } = await start(t, startAlone)
  await tell(app, eventOf('user.deleted', ada.id))
  const at = (days: number) => Date.now() + days * 86_400_000

  const early = await forgetOld(stores, at(89.9))
  const late = await forgetOld(stores, at(90.1))

  t.assert.deepEqual([early.received, late.received], [0, 1])
  t.assert.equal((await ada.post('/orders', { payload: sample })).statusCode, 403)
})
