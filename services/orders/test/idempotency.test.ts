import { type TestContext, test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { forgetOld } from '../src/sweep.ts'
import { sample, startAlone, startOrders, startReplica, userOf } from './start-orders.ts'

const keyed = (key: string, fields: object = {}) => ({
  payload: { ...sample, ...fields },
  headers: { 'idempotency-key': key }
})

async function start(t: TestContext, startApp = startOrders) {
  const { app, url, stores, client } = await startApp(t)
  return { app, url, stores, client, ada: userOf(app), bob: userOf(app) }
}

test('H1 answers a repeated request with the same order, marked as replayed', async (t: TestContext) => {
  const { ada } = await start(t)

  const first = await ada.post('/orders', keyed('k1'))
  const again = await ada.post('/orders', keyed('k1', { quantity: 1 }))

  t.assert.deepEqual([first.statusCode, again.statusCode], [201, 201])
  t.assert.equal(again.body, first.body)
  t.assert.equal(again.headers.location, first.headers.location)
  t.assert.equal(again.headers.etag, first.headers.etag)
  t.assert.equal('idempotency-replayed' in first.headers, false)
  t.assert.equal(again.headers['idempotency-replayed'], 'true')
  t.assert.equal((await ada.get('/orders')).json().length, 1)
})

test('H1 gives the first answer again although the order has changed since', async (t: TestContext) => {
  const { ada } = await start(t)
  const first = await ada.post('/orders', keyed('k1'))
  const { id } = first.json()
  await ada.patch(`/orders/${id}`, { payload: { item: 'Lock', address: 'There', quantity: 9 } })
  await ada.post(`/orders/${id}/cancel`)

  const again = await ada.post('/orders', keyed('k1'))

  t.assert.equal(again.statusCode, 201)
  t.assert.equal(again.body, first.body)
  t.assert.equal((await ada.get(`/orders/${id}`)).json().status, 'cancelled')
})

test('H1 places one order for 50 requests at once, over two replicas', async (t: TestContext) => {
  const { ada, url } = await start(t)
  const { app } = await startReplica(t, url)
  const viaOther = () =>
    app.inject({
      method: 'POST',
      url: '/orders',
      payload: sample,
      headers: { ...ada.headers, 'idempotency-key': 'k1' }
    })

  /** As a client does: with so many at once, some may find every connection of a busy service taken. */
  const untilAnswered = async (ask: typeof viaOther) =>
    until(async () => {
      const answer = await ask()
      return answer.statusCode !== 503 && answer
    }, 'a free connection')

  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, n) =>
      untilAnswered(n % 2 ? viaOther : async () => ada.post('/orders', keyed('k1')))
    )
  )

  t.assert.deepEqual([...new Set(answers.map(({ statusCode }) => statusCode))], [201])
  t.assert.equal(new Set(answers.map(({ body }) => body)).size, 1)
  const replayed = answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')
  t.assert.equal(replayed.length, 49)
  t.assert.equal((await ada.get('/orders')).json().length, 1)
})

test('H1 remembers a key over a restart', async (t: TestContext) => {
  const { app, url, ada } = await start(t)
  const first = await ada.post('/orders', keyed('k1'))
  await app.close()
  const { app: restarted } = await startReplica(t, url)

  const again = await restarted.inject({
    method: 'POST',
    url: '/orders',
    payload: sample,
    headers: { ...ada.headers, 'idempotency-key': 'k1' }
  })

  t.assert.equal(again.statusCode, 201)
  t.assert.equal(again.body, first.body)
})

test('H10 waits for a request with the same key that is in progress, and then gives its answer', async (t: TestContext) => {
  const { ada, client } = await start(t)
  const { id } = await ada.place()
  const waits = () => client.$queryRaw<object[]>`
    select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`

  const { waiting } = await client.$transaction(async (tx) => {
    const request = { ...sample, quantity: 1 }
    await tx.idempotencyKey.create({
      data: { created_by: ada.id, key: 'k1', request, order_id: id }
    })
    const second = ada.post('/orders', keyed('k1'))
    await until(async () => (await waits()).length > 0, 'a statement that waits for a lock')
    return { waiting: second }
  })
  const response = await waiting

  t.assert.equal(response.statusCode, 201)
  t.assert.equal(response.headers['idempotency-replayed'], 'true')
  t.assert.equal(response.json().id, id)
})

test('H10 places the order where the one in progress is given up', async (t: TestContext) => {
  const { ada, client } = await start(t)
  const { id } = await ada.place()
  const waits = () => client.$queryRaw<object[]>`
    select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  const waiting: ReturnType<typeof ada.post>[] = []

  const givenUp = client.$transaction(async (tx) => {
    const data = { created_by: ada.id, key: 'k1', request: sample, order_id: id }
    await tx.idempotencyKey.create({ data })
    waiting.push(ada.post('/orders', keyed('k1')))
    await until(async () => (await waits()).length > 0, 'a statement that waits for a lock')
    throw new Error('given up')
  })
  await t.assert.rejects(givenUp, /given up/)
  const response = await waiting[0]

  t.assert.equal(response?.statusCode, 201)
  t.assert.equal('idempotency-replayed' in (response?.headers ?? {}), false)
  t.assert.notEqual(response?.json().id, id)
})

test('H11 refuses a key with another body', async (t: TestContext) => {
  const { ada } = await start(t)
  await ada.post('/orders', keyed('k1'))

  for (const fields of [{ item: 'Lock' }, { address: 'There' }, { quantity: 2 }]) {
    const response = await ada.post('/orders', keyed('k1', fields))

    t.assert.equal(response.statusCode, 422)
    t.assert.equal(response.json().type, '/problems/idempotency-key-reused')
  }
  t.assert.equal((await ada.get('/orders')).json().length, 1)
})

test('H11 lets one body win where two come at once under one key', async (t: TestContext) => {
  const { ada } = await start(t)

  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      ada.post('/orders', keyed('k1', { quantity: (n % 2) + 1 }))
    )
  )

  const count = (status: number) => answers.filter((a) => a.statusCode === status).length
  t.assert.deepEqual([count(201), count(422)], [5, 5])
  t.assert.equal((await ada.get('/orders')).json().length, 1)
})

test('H12 keeps the keys of users apart', async (t: TestContext) => {
  const { ada, bob } = await start(t)

  const [adas, bobs] = [
    await ada.post('/orders', keyed('k1')),
    await bob.post('/orders', keyed('k1'))
  ]

  t.assert.deepEqual([adas.statusCode, bobs.statusCode], [201, 201])
  t.assert.notEqual(adas.json().id, bobs.json().id)
  t.assert.equal(bobs.json().created_by, bob.id)
})

test('places two orders without a key, and under two keys', async (t: TestContext) => {
  const { ada } = await start(t)

  await ada.place()
  await ada.place()
  await ada.post('/orders', keyed('k1'))
  await ada.post('/orders', keyed('K1'))

  t.assert.equal((await ada.get('/orders')).json().length, 4)
})

test('H1 does not remember a request that was refused', async (t: TestContext) => {
  const { ada } = await start(t)
  const refused = await ada.post('/orders', keyed('k1', { quantity: 0 }))

  const response = await ada.post('/orders', keyed('k1'))

  t.assert.equal(refused.statusCode, 400)
  t.assert.equal(response.statusCode, 201)
})

const keys: [string, number][] = [
  ['a', 201],
  ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', 201],
  [`!~${'k'.repeat(253)}`, 201],
  ['k'.repeat(256), 400],
  ['', 400],
  ['two words', 400],
  ['tab\tbed', 400],
  ['caf\u00e9', 400]
]

test('H12 takes keys of 1 to 255 visible ASCII characters', async (t: TestContext) => {
  const { ada } = await start(t)

  for (const [key, status] of keys) {
    const response = await ada.post('/orders', keyed(key))

    t.assert.equal(response.statusCode, status, key)
  }
})

const hourMs = 3_600_000

test('H12 keeps a key for 24 hours and forgets it then, but never the order', async (t: TestContext) => {
  const { ada, stores } = await start(t, startAlone)
  const first = await ada.post('/orders', keyed('k1'))

  const early = await forgetOld(stores, Date.now() + 23.9 * hourMs)
  const replayed = await ada.post('/orders', keyed('k1'))
  const late = await forgetOld(stores, Date.now() + 24.1 * hourMs)
  const anew = await ada.post('/orders', keyed('k1'))

  t.assert.deepEqual([early.keys, late.keys], [0, 1])
  t.assert.equal(replayed.json().id, first.json().id)
  t.assert.notEqual(anew.json().id, first.json().id)
  t.assert.equal((await ada.get('/orders')).json().length, 2)
})
