import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { guardTransactions } from '@gatehouse/database'
import { ownServer, testDatabase } from '@gatehouse/database/testing'
import { sample, startReplica, userOf } from './start-orders.ts'

test('G18 answers 503 and is not ready while its database is down, and recovers by itself', async (t) => {
  const server = await ownServer(t)
  const { app } = await startReplica(t, server.url)
  const ada = userOf(app)
  const { id } = await ada.place()
  const headers = { 'idempotency-key': 'k1' }

  await server.stop()
  const refused = await Promise.all([
    ada.get('/orders'),
    ada.get(`/orders/${id}`),
    ada.post('/orders', { payload: sample }),
    ada.post('/orders', { payload: sample, headers }),
    ada.patch(`/orders/${id}`, { payload: { quantity: 2 } }),
    ada.post(`/orders/${id}/cancel`)
  ])
  const health = await Promise.all([app.inject('/health/ready'), app.inject('/health/live')])
  await server.start()
  const placed = await ada.post('/orders', { payload: sample, headers })
  // Readiness is kept for a second, so that it may still tell of the outage.
  const deadline = performance.now() + 5000
  let ready = await app.inject('/health/ready')
  while (ready.statusCode !== 200 && performance.now() < deadline) {
    await setImmediate()
    ready = await app.inject('/health/ready')
  }

  for (const response of refused) {
    t.assert.equal(response.statusCode, 503)
    t.assert.equal(response.json().type, '/problems/database-unavailable')
    t.assert.equal(response.headers['retry-after'], '1')
  }
  t.assert.deepEqual(
    health.map(({ statusCode }) => statusCode),
    [503, 200]
  )
  t.assert.equal(placed.statusCode, 201)
  t.assert.equal(ready.statusCode, 200)
  t.assert.equal((await ada.get(`/orders/${id}`)).json().status, 'placed')
})

test('G18 a transaction that Prisma ends because it takes too long is 503', async (t) => {
  const { client } = await startReplica(t, await testDatabase(t, 'orders'))
  const prisma = guardTransactions(client)

  const slow = prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`select pg_sleep(0.2)::text`
      return tx.order.count()
    },
    { timeout: 50 }
  )

  await t.assert.rejects(slow, { status: 503, slug: 'database-unavailable' })
  t.assert.equal(await prisma.order.count(), 0)
})
