import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { createFeed } from '../src/order-stream/feed.ts'
import { startOrders } from './start-orders.ts'

/** A feed of the test database, with an eye on who asks it for events, of whom `hold` lets nobody on meanwhile. */
async function startFeed(t: TestContext, hold?: Promise<void>) {
  const { stream } = (await startOrders(t)).stores
  const asked: string[] = []
  let [now, most] = [0, 0]
  async function eventsAfter(wanted: Parameters<typeof stream.eventsAfter>[0]) {
    asked.push(wanted.owner)
    now += 1
    most = Math.max(most, now)
    await hold
    const events = await stream.eventsAfter(wanted).finally(() => {
      now -= 1
    })
    return events
  }
  const feed = createFeed({ store: { ...stream, eventsAfter } })
  async function answered(looks: number) {
    await until(() => asked.length - now >= looks, `${looks} looks`)
  }
  return { feed, asked, answered, most: () => most }
}

/** A reader who waits for the first event; gives its owner, how to leave, and what came. */
function readerOf(feed: ReturnType<typeof createFeed>) {
  const leaving = new AbortController()
  const owner = randomUUID()
  const first = feed.follow({ owner, after: 0, signal: leaving.signal }).next()
  return { owner, first, leave: () => leaving.abort() }
}

test('G18 lets four readers look at once where all may have missed something', async (t: TestContext) => {
  const { feed, answered, most } = await startFeed(t)
  const readers = Array.from({ length: 200 }, () => readerOf(feed))
  await answered(200)

  feed.wakeAll()
  await answered(400)
  feed.close()
  const ends = await Promise.all(readers.map(async ({ first }) => first))

  t.assert.equal(most(), 4)
  t.assert.ok(ends.every(({ done }) => done))
})

test('G18 asks nothing for a reader who left before its turn, and lets the next one look', async (t: TestContext) => {
  const gate = Promise.withResolvers<void>()
  const { feed, asked, answered } = await startFeed(t, gate.promise)
  const looking = Array.from({ length: 4 }, () => readerOf(feed))
  const [left, next] = [readerOf(feed), readerOf(feed)]

  left.leave()
  gate.resolve()
  await answered(5)
  const { done } = await left.first
  feed.close()

  t.assert.equal(done, true)
  t.assert.deepEqual(asked, [...looking.map(({ owner }) => owner), next.owner])
})
