import { type TestContext, test } from 'node:test'
import { backoffMs } from '../src/outbox/backoff.ts'

const capMs = 60_000
const longest = (failures: number) => backoffMs(failures, { capMs, random: () => 1 })
const shortest = (failures: number) => backoffMs(failures, { capMs, random: () => 0 })

test('doubles the pause with each failure, up to a longest', (t: TestContext) => {
  t.assert.deepEqual([1, 2, 3, 7, 8, 1000].map(longest), [500, 1000, 2000, 32_000, capMs, capMs])
})

test('leaves between half and all of a pause to chance', (t: TestContext) => {
  t.assert.deepEqual([shortest(1), shortest(8)], [250, capMs / 2])
})
