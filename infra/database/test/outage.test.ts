import { ok } from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { ProblemError } from '@gatehouse/service-kit'
import { emptyDatabase, ownServer } from '../src/testing.ts'
import { ask, startDatabase, startRelay } from './start.ts'

/** Runs `work`, which is to fail; gives the problem and how long it took, in milliseconds. */
async function failureOf(work: Promise<unknown>) {
  const start = performance.now()
  const error: unknown = await work.then(
    () => null,
    (reason) => reason
  )
  return { error, ms: performance.now() - start }
}

function assertUnavailable(t: TestContext, error: unknown) {
  ok(error instanceof ProblemError, String(error))
  const { status, slug, headers } = error
  t.assert.deepEqual([status, slug, headers], [503, 'database-unavailable', { 'retry-after': '1' }])
}

// They wait for limits of seconds, so they wait together.
suite('an outage', { concurrency: true }, () => {
  test('G18 answers 503 within a second while the database is down, and recovers by itself', async (t: TestContext) => {
    const server = await ownServer(t)
    const { database, adapter, query } = await startDatabase(t, server.url)
    await query('select 1')

    await server.stop()
    const outcomes = [
      await failureOf(query('select 1')),
      await failureOf(query('select 1')),
      await failureOf(adapter.startTransaction())
    ]
    const check = await failureOf(database.check())
    await server.start()

    for (const { error, ms } of outcomes) {
      assertUnavailable(t, error)
      t.assert.ok(ms < 1000, `took ${ms} ms`)
    }
    t.assert.ok(check.error instanceof Error && check.ms < 1000)
    t.assert.deepEqual(await query('select 1'), [[1]])
    await database.check()
  })

  test('G18 answers 503 to what was under way when its connection was killed', async (t: TestContext) => {
    const url = await emptyDatabase(t)
    const { query } = await startDatabase(t, url)
    const [[pid]] = (await query('select pg_backend_pid()')) as [[number]]
    const sleeping = failureOf(query('select pg_sleep(4)::text'))

    await ask(url, `select pg_terminate_backend(${pid})`)

    assertUnavailable(t, (await sleeping).error)
    t.assert.deepEqual(await query('select 1'), [[1]])
  })

  test('G18 answers 503 within a second to whoever finds all connections busy', async (t: TestContext) => {
    const { query, database } = await startDatabase(t, await emptyDatabase(t))
    const busy = Array.from({ length: 10 }, async () => query('select pg_sleep(1.2)::text'))

    const { error, ms } = await failureOf(query('select 1'))
    await database.check()

    assertUnavailable(t, error)
    t.assert.ok(ms < 1000, `took ${ms} ms`)
    await Promise.all(busy)
  })

  test('G18 is not ready, and bounded in time, where the database hangs', async (t: TestContext) => {
    const relay = await startRelay(t, await emptyDatabase(t))
    const { database, query } = await startDatabase(t, relay.url)
    await query('select 1')

    relay.freeze()
    const [used, check] = await Promise.all([
      failureOf(query('select 1')),
      failureOf(database.check())
    ])
    const fresh = await failureOf(query('select 1'))

    assertUnavailable(t, used.error)
    t.assert.ok(used.ms < 7000 && check.ms < 1000, `took ${used.ms} and ${check.ms} ms`)
    assertUnavailable(t, fresh.error)
    t.assert.ok(fresh.ms < 1000, `took ${fresh.ms} ms`)
  })

  test('G19 ends a statement that waits for a lock for more than 5 s', async (t: TestContext) => {
    const url = await emptyDatabase(t)
    const { query, adapter } = await startDatabase(t, url)
    await query('create table things (id int)')
    const transaction = await adapter.startTransaction()
    await transaction.executeRaw({ sql: 'lock table things', args: [], argTypes: [] })

    const { error, ms } = await failureOf(query('select id from things'))
    await transaction.executeRaw({ sql: 'rollback', args: [], argTypes: [] })
    await transaction.rollback()

    assertUnavailable(t, error)
    t.assert.ok(ms < 6000, `took ${ms} ms`)
  })

  test('leaves every other error as it is', async (t: TestContext) => {
    const { query } = await startDatabase(t, await emptyDatabase(t))

    const { error } = await failureOf(query('select nonsense'))

    t.assert.ok(error instanceof Error && !(error instanceof ProblemError))
  })
})
