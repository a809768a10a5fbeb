import { type TestContext, test } from 'node:test'
import { ProblemError } from '@gatehouse/service-kit'
import { createSequences } from '../src/orders/sequences.ts'
import { sample, startOrders, userOf } from './start-orders.ts'

test('runs the jobs of one key one after another, and those of others meanwhile', async (t: TestContext) => {
  const sequences = createSequences()
  const gate = Promise.withResolvers<void>()
  const order: string[] = []
  const job = (key: string, name: string, held = Promise.resolve()) =>
    sequences.run(key, async () => {
      await held
      order.push(name)
      return name
    })

  const all = [job('a', 'a1', gate.promise), job('a', 'a2'), job('b', 'b1')]
  await all[2]
  gate.resolve()
  const names = await Promise.all(all)

  t.assert.deepEqual(order, ['b1', 'a1', 'a2'])
  t.assert.deepEqual(names, ['a1', 'a2', 'b1'])
  t.assert.equal(sequences.count(), 0)
})

test('a job that fails lets the next one run; one that waits for too long is 503', async (t: TestContext) => {
  const sequences = createSequences(20)
  const gate = Promise.withResolvers<void>()
  const held = sequences.run('a', async () => {
    await gate.promise
    throw new Error('broken')
  })

  const refused = await sequences.run('a', async () => 'never').catch((error: unknown) => error)
  const patient = createSequences(20)
  const failed = patient.run('a', async () => Promise.reject(new Error('broken')))
  const next = patient.run('a', async () => 'done')
  gate.resolve()

  t.assert.ok(refused instanceof ProblemError)
  t.assert.deepEqual([refused.status, refused.slug], [503, 'overloaded'])
  await t.assert.rejects(held, /broken/)
  await t.assert.rejects(failed, /broken/)
  t.assert.equal(await next, 'done')
  t.assert.equal(sequences.count(), 0)
})

/** How many answers there are of each status. */
function tally(answers: { statusCode: number }[]) {
  const groups = Object.entries(Object.groupBy(answers, ({ statusCode }) => statusCode))
  return Object.fromEntries(groups.map(([status, those]) => [status, those?.length]))
}

/** Reads of another user, the second time behind all that wait by then. */
async function readTwice(ask: () => Promise<{ statusCode: number }>) {
  return [...(await Promise.all(many(ask))), ...(await Promise.all(many(ask)))]
}

/** More than there are connections in the pool of a service. */
const requests = 20
const many = <T>(ask: (n: number) => Promise<T>) =>
  Array.from({ length: requests }, (_, n) => ask(n))

test('H1 of many requests at once under one key each gets its answer, and others are served', async (t: TestContext) => {
  const { app, client } = await startOrders(t)
  const [ada, bob] = [userOf(app), userOf(app)]
  const { id } = await ada.place()
  const headers = { 'idempotency-key': 'k1' }

  const { reads, waiting } = await client.$transaction(async (tx) => {
    const request = { ...sample, quantity: 1 }
    await tx.idempotencyKey.create({
      data: { created_by: ada.id, key: 'k1', request, order_id: id }
    })
    const posts = many(async () => ada.post('/orders', { payload: sample, headers }))
    return { reads: await readTwice(async () => bob.get('/orders')), waiting: posts }
  })
  const answers = await Promise.all(waiting)

  t.assert.deepEqual(tally(reads), { 200: 2 * requests })
  t.assert.deepEqual(tally(answers), { 201: requests })
  t.assert.equal(new Set(answers.map(({ body }) => body)).size, 1)
})

test('H1 of many changes of one order at once each is made, and others are served', async (t: TestContext) => {
  const { app, client } = await startOrders(t)
  const [ada, bob] = [userOf(app), userOf(app)]
  const { id } = await ada.place()

  const { reads, waiting } = await client.$transaction(async (tx) => {
    await tx.$queryRaw`select 1 from orders where id = ${id}::uuid for update`
    const changes = many(async (n) => ada.patch(`/orders/${id}`, { payload: { quantity: n + 1 } }))
    return { reads: await readTwice(async () => bob.get('/orders')), waiting: changes }
  })
  const changed = await Promise.all(waiting)

  t.assert.deepEqual(tally(reads), { 200: 2 * requests })
  t.assert.deepEqual(tally(changed), { 200: requests })
  t.assert.equal((await ada.get(`/orders/${id}`)).headers.etag, `"v${requests + 1}"`)
})
