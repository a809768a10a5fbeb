import { ok } from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ProblemError } from '@gatehouse/service-kit'
import { inBatches } from '../src/batches.ts'
import { guardTransactions } from '../src/failures.ts'
import { emptyDatabase } from '../src/testing.ts'
import { ask, startDatabase } from './start.ts'

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error) => error
  )
}

const raising = (state: string) =>
  `do $$ begin raise exception 'no' using errcode = '${state}'; end $$`

for (const [state, why] of [
  ['53100', 'the disk is full'],
  ['53200', 'memory is short'],
  ['53300', 'there are too many connections'],
  ['53400', 'a limit of the configuration is reached'],
  ['58030', 'the disk cannot be read or written'],
  ['58P01', 'a file is missing'],
  ['40P01', 'it was in a deadlock'],
  ['40001', 'it collided with another transaction'],
  ['25006', 'the server takes no writes'],
  ['25P03', 'its transaction was idle for too long'],
  ['25P04', 'its transaction took too long']
] as const)
  test(`G18 a statement that fails with ${state}, because ${why}, is 503 with retry-after`, async (t: TestContext) => {
    const { query } = await startDatabase(t, await emptyDatabase(t))

    const error = await errorOf(query(raising(state)))

    ok(error instanceof ProblemError, String(error))
    const { status, slug, headers } = error
    t.assert.deepEqual([status, slug], [503, 'database-unavailable'])
    t.assert.equal(headers['retry-after'], '1')
  })

for (const state of ['53100', '58030', '25006'])
  test(`G18 a database that cannot write (${state}) shows in readiness until it can`, async (t: TestContext) => {
    const url = await emptyDatabase(t)
    const elsewhere = await emptyDatabase(t)
    const name = new URL(url).pathname.slice(1)
    await ask(elsewhere, `alter database ${name} set default_transaction_read_only = on`)
    const { database, query } = await startDatabase(t, url)
    await database.check()

    await errorOf(query(raising(state)))
    const during = [await errorOf(database.check()), await errorOf(database.check())]
    const read = await query('select 1')
    await ask(elsewhere, `alter database ${name} reset all`)
    // What is set for a database counts for new connections.
    await ask(
      elsewhere,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`
    )
    while (await errorOf(database.check())) t.signal.throwIfAborted()
    const after = await query('create table things (id int)')

    t.assert.ok(during.every((error) => error instanceof Error))
    t.assert.deepEqual([read, after], [[[1]], []])
  })

test('G18 a transaction that takes too long is 503, and a bug in one stays what it is', async (t: TestContext) => {
  const expired = Object.assign(
    new Error('A query cannot be executed on an expired transaction. The timeout was 5000 ms.'),
    { code: 'P2028' }
  )
  const late = Object.assign(new Error('Unable to start a transaction in the given time.'), {
    code: 'P2028'
  })
  const closed = Object.assign(new Error('Transaction already closed: it was committed.'), {
    code: 'P2028'
  })
  const prisma = guardTransactions({
    name: 'prisma',
    $transaction: async (error: Error) => {
      throw error
    }
  })

  const errors = [expired, late, closed].map(async (error) => errorOf(prisma.$transaction(error)))

  const [first, second, third] = await Promise.all(errors)
  for (const error of [first, second])
    t.assert.deepEqual([Object(error).status, Object(error).slug], [503, 'database-unavailable'])
  t.assert.equal(third, closed)
  t.assert.equal(prisma.name, 'prisma')
})

test('deletes in batches until nothing is left', async (t: TestContext) => {
  const left = [5000, 5000, 12]

  const total = await inBatches(async () => left.shift() ?? 0)

  t.assert.equal(total, 10_012)
  t.assert.deepEqual(left, [])
})
