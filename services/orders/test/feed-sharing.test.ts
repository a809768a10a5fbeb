import { type TestContext, test } from 'node:test'
import { createFeed } from '../src/order-stream/feed.ts'
import type { Order } from '../src/orders/contract.ts'

const order = { item: 'Brass door handle' } as Order

/** A feed of `count` events for each user, kept in memory; `asked` are the looks, in their order. */
function startFeed(t: TestContext, count: number) {
  const asked: string[] = []
  const counts = new Map<string, number>()
  let lastAsked = 0
  const countOf = (owner: string) => counts.get(owner) ?? count
  const store = {
    async lastEvent(owner: string) {
      lastAsked += 1
      await new Promise(setImmediate)
      return countOf(owner)
    },
    async eventsAfter({ owner, after, limit }: { owner: string; after: number; limit: number }) {
      asked.push(owner)
      await new Promise(setImmediate)
      const length = Math.min(limit, countOf(owner) - after)
      return Array.from({ length }, (_, n) => ({ number: after + n + 1, order }))
    }
  }
  const feed = createFeed({ store })
  t.after(() => feed.close())
  return {
    feed,
    asked,
    lastAsked: () => lastAsked,
    /** A new event of a user, with its notice. */
    add(owner: string) {
      counts.set(owner, countOf(owner) + 1)
      feed.wake(owner)
    },
    /** The numbers of the events after `after`, up to number `until`. */
    async read(owner: string, after: number, until: number) {
      const numbers: number[] = []
      const signal = t.signal
      for await (const events of feed.follow({ owner, after, signal })) {
        numbers.push(...events.map(({ number }) => number))
        if ((numbers.at(-1) ?? 0) >= until) break
      }
      return numbers
    }
  }
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n)

test('G24 reads events once for all streams of a user', async (t: TestContext) => {
  const { read, asked } = startFeed(t, 2000)

  const all = await Promise.all(Array.from({ length: 100 }, async () => read('ada', 0, 2000)))

  for (const numbers of all) t.assert.deepEqual(numbers, range(1, 2000))
  t.assert.ok(asked.length <= 40, `${asked.length} looks instead of 2000`)
})

test('G24 a user with many streams in different places holds up nobody else', async (t: TestContext) => {
  const { read, asked } = startFeed(t, 2000)
  const replays = range(0, 99).map(async (n) => read('ada', n * 7, 2000))

  const bobs = await read('bob', 1990, 2000)
  const looks = asked.indexOf('bob')
  const all = await Promise.all(replays)

  t.assert.deepEqual(bobs, range(1991, 2000))
  t.assert.ok(looks <= 4, `bob was looked for after ${looks} looks for ada`)
  for (const [n, numbers] of all.entries()) t.assert.deepEqual(numbers, range(n * 7 + 1, 2000))
})

test('G24 streams that follow and streams that replay get every event once', async (t: TestContext) => {
  const { feed, read, add } = startFeed(t, 500)
  const replays = range(0, 9).map(async (n) => read('ada', n, 520))
  const follows = range(0, 9).map(async () => read('ada', await feed.start('ada', undefined), 520))

  for (const _ of range(501, 520)) {
    await new Promise(setImmediate)
    add('ada')
  }
  const [replayed, followed] = await Promise.all([Promise.all(replays), Promise.all(follows)])

  for (const [n, numbers] of replayed.entries()) t.assert.deepEqual(numbers, range(n + 1, 520))
  for (const numbers of followed) t.assert.deepEqual(numbers, range(numbers[0] ?? 0, 520))
})

test('G24 asks where streams begin once for those that a user opens at once', async (t: TestContext) => {
  const { feed, lastAsked } = startFeed(t, 5)

  const all = await Promise.all(range(1, 250).map(async () => feed.start('ada', undefined)))

  t.assert.deepEqual(new Set(all), new Set([5]))
  t.assert.equal(lastAsked(), 2)
})

test('G24 a look that fails ends the streams that waited for it, and no others', async (t: TestContext) => {
  let fails = true
  const eventsAfter = async () => {
    if (fails) throw new Error('the database is away')
    return [{ number: 1, order }]
  }
  const feed = createFeed({ store: { eventsAfter, lastEvent: async () => 0 } })
  const next = async () => feed.follow({ owner: 'ada', after: 0, signal: t.signal }).next()

  const failed = await Promise.allSettled([next(), next()])
  fails = false
  const { value } = await next()
  feed.close()

  t.assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected']
  )
  t.assert.equal(value?.length, 1)
})
