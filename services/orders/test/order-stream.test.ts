import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { forgetOld } from '../src/sweep.ts'
import { sample, startAlone, startOrders, startReplica, userOf } from './start-orders.ts'
import { openEvents, openLive, originOf } from './stream-readers.ts'

const ids = (events: { id: number }[]) => events.map(({ id }) => id)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test('F29 streams each change of the caller’s orders, as reading the order shows it', async (t) => {
  const { app } = await startOrders(t)
  const [ada, bob] = [userOf(app), userOf(app)]
  const stream = await openEvents(t, app, ada)

  await bob.place()
  const placed = await ada.place()
  await ada.patch(`/orders/${placed.id}`, { payload: { quantity: 7 } })
  await ada.post(`/orders/${placed.id}/cancel`)
  const seen = await stream.count(3)

  t.assert.equal(stream.response.status, 200)
  t.assert.equal(stream.response.headers.get('content-type'), 'text/event-stream')
  t.assert.equal(stream.response.headers.get('cache-control'), 'no-store')
  t.assert.deepEqual(ids(seen), [1, 2, 3])
  t.assert.deepEqual(seen[0]?.order, placed)
  t.assert.equal(seen[1]?.order.quantity, 7)
  t.assert.deepEqual(seen[2]?.order, (await ada.get(`/orders/${placed.id}`)).json())
})

test('sends what an admin does with an order to whose it is', async (t) => {
  const { app } = await startOrders(t)
  const [ada, admin] = [userOf(app), userOf(app, 'admin')]
  const { id } = await ada.place()
  const [hers, theirs] = [await openEvents(t, app, ada), await openEvents(t, app, admin)]

  await admin.post(`/orders/${id}/ship`)
  await admin.place()

  t.assert.equal((await hers.count(1))[0]?.order.status, 'shipped')
  t.assert.deepEqual(ids(await theirs.count(1)), [1])
})

test('is live across replicas, by events and by WebSocket', async (t) => {
  const { app, url } = await startOrders(t)
  const { app: other } = await startReplica(t, url)
  const ada = userOf(app)
  const [events, live] = [await openEvents(t, other, ada), await openLive(t, other, ada)]
  const started = performance.now()

  const placed = await ada.place()

  t.assert.deepEqual((await events.count(1))[0]?.order, placed)
  t.assert.deepEqual((await live.count(1))[0], { id: 1, order: placed })
  t.assert.equal(performance.now() - started < 1000, true)
})

test('loses and repeats no event for readers that come and go while two replicas write', async (t) => {
  const { app, url } = await startOrders(t)
  const { app: other } = await startReplica(t, url)
  const [ada, same] = [userOf(app), userOf(other)]
  const writer = { ...same, headers: ada.headers }
  const total = 60
  const place = (target: typeof app) =>
    target.inject({ method: 'POST', url: '/orders', payload: sample, headers: writer.headers })

  const writing = Promise.all(
    Array.from({ length: total }, async (_, index) => place(index % 2 ? app : other))
  )
  const seen: number[] = []
  while (seen.length < total) {
    const stream = await openEvents(t, seen.length % 2 ? app : other, ada, seen.at(-1) ?? 0)
    const part = await stream.count(Math.min(7, total - seen.length))
    stream.leave()
    await stream.ended()
    seen.push(...ids(part))
  }
  const answers = await writing

  t.assert.equal(
    answers.every(({ statusCode }) => statusCode === 201),
    true
  )
  t.assert.deepEqual(seen, upTo(total))
})

test('numbers events in the order of their commits, so that a late one is never passed by', async (t) => {
  const { app, client } = await startOrders(t)
  const ada = userOf(app)
  const stream = await openEvents(t, app, ada)
  const gate = Promise.withResolvers<void>()
  const inserted = Promise.withResolvers<void>()
  const first = client.$transaction(async (late) => {
    await late.order.create({ data: { ...sample, item: 'late', quantity: 1, created_by: ada.id } })
    inserted.resolve()
    await gate.promise
  })
  await inserted.promise

  const second = ada.place({ item: 'second' })
  const sooner = await Promise.race([second, wait(300, 'still waiting')])
  gate.resolve()
  await first
  await second
  const seen = await stream.count(2)

  t.assert.equal(sooner, 'still waiting')
  t.assert.deepEqual(
    seen.map(({ id, order }) => [id, order.item]),
    [
      [1, 'late'],
      [2, 'second']
    ]
  )
})

test('sends nothing of a change that is rolled back, and leaves no gap', async (t) => {
  const { app } = await startOrders(t)
  const ada = userOf(app)
  const headers = { 'idempotency-key': 'once' }
  const stream = await openEvents(t, app, ada)

  const answers = await Promise.all(
    upTo(10).map(async () => ada.post('/orders', { payload: sample, headers }))
  )
  await ada.place({ item: 'after' })
  const seen = await stream.count(2)

  t.assert.equal(
    answers.every(({ statusCode }) => [201, 409].includes(statusCode)),
    true
  )
  t.assert.deepEqual(ids(seen), [1, 2])
  t.assert.equal(seen[1]?.order.item, 'after')
})

test('hears again after its connection to the database broke, and makes up for the silence', async (t) => {
  const { app, client } = await startAlone(t)
  const ada = userOf(app)
  const stream = await openEvents(t, app, ada)
  await ada.place()
  await stream.count(1)

  const ended = await client.$executeRaw`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query ilike 'listen%'`
  await ada.place()
  const seen = await stream.count(2)

  t.assert.equal(ended, 1)
  t.assert.deepEqual(ids(seen), [1, 2])
})

test('goes on after the event that a WebSocket names', async (t) => {
  const { app } = await startOrders(t)
  const ada = userOf(app)
  for (const item of ['a', 'b', 'c']) await ada.place({ item })

  const live = await openLive(t, app, ada, '?last_event_id=1')

  t.assert.deepEqual(ids(await live.count(2)), [2, 3])
})

test('ends its streams when it closes: whole, and with 1001', async (t) => {
  const { app, url } = await startOrders(t)
  const { app: other } = await startReplica(t, url)
  const ada = userOf(app)
  const [events, live] = [await openEvents(t, other, ada), await openLive(t, other, ada)]
  const started = performance.now()

  const closed = live.closed()
  await other.close()

  t.assert.equal(await events.ended(), 'whole')
  t.assert.equal(await closed, 1001)
  t.assert.equal(performance.now() - started < 3000, true)
})

test('F55 misses no event between two streams, although it had seen none in the first', async (t) => {
  const { app, url } = await startOrders(t)
  const { app: other } = await startReplica(t, url)
  const ada = userOf(app)
  const first = await openEvents(t, other, ada)
  await other.close()
  await first.ended()
  await ada.place({ item: 'between' })

  const second = await openEvents(t, app, ada, first.lastId())
  await ada.place({ item: 'later' })
  const [seen] = await second.count(1)

  t.assert.equal(first.lastId(), '0')
  t.assert.equal(seen?.order.item, 'between')
})

test('F55 begins a stream with the event that it goes on after', async (t) => {
  const { app, url } = await startOrders(t)
  const { app: other } = await startReplica(t, url)
  const ada = userOf(app)
  for (const item of ['a', 'b']) await ada.place({ item })

  const streams = [
    await openEvents(t, other, ada),
    await openEvents(t, other, ada, 2),
    await openEvents(t, other, ada, 9)
  ]
  await other.close()
  await Promise.all(streams.map(async ({ ended }) => ended()))

  t.assert.deepEqual(
    streams.map(({ lastId }) => lastId()),
    ['2', '2', '2']
  )
})

test('refuses what is no event id, no WebSocket, and who is nobody', async (t) => {
  const { app } = await startOrders(t)
  const ada = userOf(app)
  const origin = await originOf(app)

  const bad = await ada.get('/orders/events', { headers: { 'last-event-id': '1; drop' } })
  const plain = await ada.get('/orders/live')
  const nobody = await fetch(`${origin}/orders/events`)
  const socket = openLive(t, app, { ...ada, headers: {} })

  t.assert.equal(bad.statusCode, 400)
  t.assert.equal(plain.statusCode, 426)
  t.assert.equal(plain.headers.upgrade, 'websocket')
  t.assert.equal(nobody.status, 401)
  await t.assert.rejects(socket, /refused/)
})

test('forgets events after 7 days, and numbers on', async (t) => {
  const { app, stores } = await startAlone(t)
  const ada = userOf(app)
  await ada.place()
  const dayMs = 24 * 3_600_000

  const early = (await forgetOld(stores, Date.now() + 6.9 * dayMs)).events
  const late = (await forgetOld(stores, Date.now() + 7.1 * dayMs)).events
  await ada.place()
  const stream = await openEvents(t, app, ada, 0)

  t.assert.deepEqual([early, late], [0, 1])
  t.assert.deepEqual(ids(await stream.count(1)), [2])
})
