import { type TestContext, test } from 'node:test'
import { createSemaphore } from '@gatehouse/service-kit'

test('runs at most so many jobs at once, and the others in the order they came', async (t: TestContext) => {
  const turns = createSemaphore(2)
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>())
  const started: number[] = []
  const jobs = gates.map(async ({ promise }, index) =>
    turns.run(async () => {
      started.push(index)
      return promise
    })
  )

  const taken = turns.count()
  gates[1]?.resolve()
  await jobs[1]

  t.assert.equal(taken, 4)
  t.assert.deepEqual([started, turns.count()], [[0, 1, 2], 3])
  for (const { resolve } of gates) resolve()
  await Promise.all(jobs)
  t.assert.deepEqual([started, turns.count()], [[0, 1, 2, 3], 0])
})

test('gives the turn of a job that fails to the next', async (t: TestContext) => {
  const turns = createSemaphore(1)

  const failing = turns.run(async () => {
    throw new Error('broken')
  })
  const waiting = turns.run(async () => 'done')

  await t.assert.rejects(failing, /broken/)
  t.assert.equal(await waiting, 'done')
})

test('lets keys take turns, however many jobs one of them has', async (t: TestContext) => {
  const turns = createSemaphore(1)
  const order: string[] = []
  const run = async (key: string, job: string) => turns.run(async () => order.push(job), key)

  await Promise.all([
    run('a', 'a1'),
    run('a', 'a2'),
    run('a', 'a3'),
    run('b', 'b1'),
    run('c', 'c1'),
    run('b', 'b2')
  ])

  t.assert.deepEqual(order, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2'])
  t.assert.equal(turns.count(), 0)
})
