import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { forgetOld } from '../src/sweep.ts'
import { sample, startReplica, userOf } from './start-orders.ts'

const hourMs = 3_600_000
const isNow = (time: string) => Math.abs(Date.parse(time) - Date.now()) < hourMs / 60

for (const zone of ['America/New_York', 'Asia/Kolkata'])
  test(`H9 times and the life of idempotency keys are right where the database is in ${zone}`, async (t: TestContext) => {
    const settings = [`timezone = '${zone}'`, `datestyle = 'German'`, `search_path = 'nowhere'`]
    const { app, stores } = await startReplica(t, await testDatabase(t, 'orders', settings))
    const ada = userOf(app)
    const headers = { 'idempotency-key': 'k1' }
    const placed = (await ada.post('/orders', { payload: sample, headers })).json()

    const changed = (await ada.patch(`/orders/${placed.id}`, { payload: { quantity: 2 } })).json()
    const history = (await ada.get(`/orders/${placed.id}/history`)).json()
    const events = await stores.stream.eventsAfter({ owner: ada.id, after: 0, limit: 10 })
    const early = await forgetOld(stores, Date.now() + 23.5 * hourMs)
    const late = await forgetOld(stores, Date.now() + 24.5 * hourMs)

    const times = [placed.created_at, placed.updated_at, changed.created_at, changed.updated_at]
    const told = events.flatMap(({ order }) => [order.created_at, order.updated_at])
    const noted = history.map(({ created_at }: { created_at: string }) => created_at)
    for (const time of [...times, ...told, ...noted]) t.assert.ok(isNow(time), time)
    t.assert.deepEqual([times.length, told.length, noted.length], [4, 4, 2])
    t.assert.deepEqual([early.keys, late.keys], [0, 1])
  })
