import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { EventRefused, type UserEvent } from '../src/outbox/event.ts'
import { announce } from '../src/outbox/store.ts'
import { forgetOldEvents } from '../src/outbox/sweep.ts'
import { password, startUsers } from './start-users.ts'

const admin = '0190c3a4-7c1e-7d2a-8f00-3b5d6c7e8f90'
const hourMs = 3_600_000
const log = { info: () => undefined, warn: () => undefined }

async function start(t: TestContext) {
  const users = await startUsers(t, { url: await testDatabase(t, 'users'), announce })
  const { outbox } = users.stores
  /** Delivers one event as `deliver` says. */
  const next = async (deliver: (event: UserEvent) => Promise<void> = async () => undefined) =>
    outbox.deliverNext({ deliver, pauseMs: () => 0, maxRefusals: 3 })
  return { ...users, outbox, next }
}

test('H3 writes an event with each change of a user, and none where nothing changed', async (t: TestContext) => {
  const { admin: boss, register, next } = await start(t)
  await register({ user_type: 'admin' })
  const ada = await register()
  const events: (UserEvent | undefined)[] = []

  const patched = await boss.patch(`/users/${ada.id}`, { user_type: 'admin', full_name: 'Ada' })
  const own = await ada.patch('/me', { email: 'ada@example.org' })
  const renewed = await ada.put('/me/password/0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f', {
    current_password: password,
    new_password: `${password}!`
  })
  const reset = await boss.put(`/users/${ada.id}`, { password: `${password}?` })
  const removed = await boss.delete(`/users/${ada.id}`)
  const missing = await boss.delete(`/users/${ada.id}`)
  for (let index = 0; index < 6; index += 1) events.push((await next())?.event)

  const answers = [patched, own, renewed, reset, removed, missing]
  t.assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 204, 200, 204, 404]
  )
  t.assert.deepEqual(
    events.map((event) => event && [event.type, event.changed_by, event.data]),
    [
      ['user.changed', admin, { changed: ['user_type', 'full_name'], user_type: 'admin' }],
      ['user.changed', ada.id, { changed: ['email'], user_type: 'admin' }],
      ['user.changed', ada.id, { changed: ['password'] }],
      ['user.changed', admin, { changed: ['password'], user_type: 'admin' }],
      ['user.deleted', admin, {}],
      undefined
    ]
  )
  t.assert.deepEqual(
    events.slice(0, 5).map((event) => event?.request_id),
    answers.slice(0, 5).map(({ headers }) => headers['request-id'])
  )
  t.assert.match(`${events[0]?.occurred_at}`, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

test('H3 writes no event of a change that is rolled back', async (t: TestContext) => {
  const { admin: boss, register, next } = await start(t)
  const [ada, bob] = [await register({ email: 'ada@example.org' }), await register()]

  const taken = await boss.patch(`/users/${bob.id}`, { email: 'ADA@example.org' })

  t.assert.equal(taken.statusCode, 409)
  t.assert.equal(await next(), null)
  t.assert.ok(ada.id)
})

test('H13 delivers the events of one user in order, and one at a time, whoever delivers', async (t: TestContext) => {
  const { admin: boss, register, next } = await start(t)
  const [ada, bob] = [await register(), await register()]
  for (const { id } of [ada, ada, bob]) await boss.patch(`/users/${id}`, { full_name: 'X' })
  const blocked = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const first = next(async () => {
    begun.resolve()
    await blocked.promise
  })
  await begun.promise

  const other = await next()
  const none = await next()
  blocked.resolve()
  const second = await first.then(async () => next())

  t.assert.equal(other?.event.user_id, bob.id)
  t.assert.equal(none, null)
  t.assert.equal((await first)?.event.user_id, ada.id)
  t.assert.equal(second?.event.user_id, ada.id)
  t.assert.notEqual(second?.event.id, (await first)?.event.id)
})

test('H13 keeps what nobody takes, in its order, however often it is tried', async (t: TestContext) => {
  const { admin: boss, register, next } = await start(t)
  const ada = await register()
  for (const full_name of ['A', 'B']) await boss.patch(`/users/${ada.id}`, { full_name })
  const away = async () => {
    throw new Error('connect ECONNREFUSED')
  }

  const tried = new Set<string | undefined>()
  for (let index = 0; index < 20; index += 1) tried.add((await next(away))?.event.id)
  const first = await next()

  t.assert.equal(tried.size, 1)
  t.assert.equal(first?.outcome, 'delivered')
  t.assert.ok(tried.has(first?.event.id))
})

test('G21 parks an event that is refused too often, and goes on with those behind it', async (t: TestContext) => {
  const { admin: boss, register, next, prisma } = await start(t)
  const ada = await register()
  for (const full_name of ['A', 'B']) await boss.patch(`/users/${ada.id}`, { full_name })
  const refuse = async () => {
    throw new EventRefused('400 no')
  }

  const attempts = [await next(refuse), await next(refuse), await next(refuse), await next()]

  t.assert.deepEqual(
    attempts.map((attempt) => attempt?.outcome),
    ['refused', 'refused', 'parked', 'delivered']
  )
  t.assert.equal(new Set(attempts.map((attempt) => attempt?.event.id)).size, 2)
  const [parked] = await prisma.outboxEvent.findMany({ where: { parked_at: { not: null } } })
  t.assert.equal(parked?.id, attempts[0]?.event.id)
  t.assert.equal(parked?.last_error, 'EventRefused: 400 no')
  t.assert.equal(await next(), null)
})

test('forgets events a week after their delivery, and what waits or is parked never', async (t: TestContext) => {
  const { admin: boss, register, next, outbox } = await start(t)
  for (const name of ['A', 'B', 'C']) {
    const { id } = await register()
    await boss.patch(`/users/${id}`, { full_name: name })
  }
  await next()
  const at = (days: number) => Date.now() + days * 24 * hourMs
  const forget = async (days: number, delivers: boolean) =>
    forgetOldEvents({ outbox, delivers, log }, at(days))

  t.assert.deepEqual([await forget(6.9, true), await forget(7.1, true)], [0, 1])
  t.assert.equal((await outbox.summary()).waiting, 2)
  t.assert.deepEqual([await forget(6.9, false), await forget(7.1, false)], [0, 2])
})

test('announces nothing where nobody listens', async (t: TestContext) => {
  const { admin: boss, register, prisma } = await startUsers(t)
  const { id } = await register()

  const { statusCode } = await boss.delete(`/users/${id}`)

  t.assert.equal(statusCode, 204)
  t.assert.equal(await prisma.outboxEvent.count(), 0)
})

for (const [age, created_at] of [
  ['30 days', new Date(Date.now() - 30 * 24 * hourMs)],
  ['80 years', new Date(Date.now() - 80 * 365 * 24 * hourMs)]
] as const)
  test(`G21 an event that is ${age} old is delivered, and holds up no other user's`, async (t: TestContext) => {
    const { admin: boss, register, next, prisma, outbox } = await start(t)
    const [ada, bob] = [await register(), await register()]
    for (const { id } of [ada, bob]) await boss.patch(`/users/${id}`, { full_name: 'X' })
    await prisma.outboxEvent.updateMany({ where: { user_id: ada.id }, data: { created_at } })

    const { waiting, oldest_s } = await outbox.summary()
    const attempts = [await next(), await next()]

    t.assert.equal(waiting, 2)
    t.assert.ok(oldest_s >= 30 * 24 * 3600)
    t.assert.deepEqual(
      attempts.map((attempt) => attempt?.event.user_id),
      [ada.id, bob.id]
    )
    t.assert.ok((attempts[0]?.waited_ms ?? 0) >= 30 * 24 * hourMs)
  })

test("G21 an event without a finite time is refused like any other, and holds up no other user's", async (t: TestContext) => {
  const { admin: boss, register, next, prisma, outbox } = await start(t)
  const [ada, bob, cem] = [await register(), await register(), await register()]
  for (const { id } of [ada, bob, cem]) await boss.patch(`/users/${id}`, { full_name: 'X' })
  await prisma.$executeRaw`update outbox_events set created_at = 'infinity' where user_id = ${ada.id}::uuid`
  await prisma.$executeRaw`update outbox_events set created_at = '-infinity' where user_id = ${bob.id}::uuid`

  const { waiting } = await outbox.summary()
  const attempts = [await next(), await next(), await next()]

  t.assert.equal(waiting, 3)
  t.assert.deepEqual(
    attempts.map((attempt) => attempt?.event.user_id),
    [ada.id, bob.id, cem.id]
  )
})

test('G21 an event whose refusal cannot be stored as it is goes on being counted', async (t: TestContext) => {
  const { admin: boss, register, next, prisma } = await start(t)
  const ada = await register()
  await boss.patch(`/users/${ada.id}`, { full_name: 'X' })

  const attempt = await next(async () => {
    throw new EventRefused('400 \0 no')
  })

  t.assert.equal(attempt?.outcome, 'refused')
  const [row] = await prisma.outboxEvent.findMany({ where: { user_id: ada.id } })
  t.assert.deepEqual([row?.refusals, row?.last_error], [1, 'EventRefused: 400  no'])
})
