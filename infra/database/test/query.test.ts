import { type TestContext, test } from 'node:test'
import { isoTime } from '../src/query.ts'
import { emptyDatabase } from '../src/testing.ts'
import { startDatabase } from './start.ts'

test('a query is planned once for each connection, whatever its values', async (t: TestContext) => {
  const { database } = await startDatabase(t, await emptyDatabase(t))
  const text = 'select $1::int as number'

  const first = await database.query(text, [1])
  const second = await database.query(text, [2])

  t.assert.deepEqual([first, second], [[{ number: 1 }], [{ number: 2 }]])
  const prepared = 'select statement from pg_prepared_statements where statement = $1'
  t.assert.deepEqual(await database.query(prepared, [text]), [{ statement: text }])
})

test('a query gives times as a contract has them', async (t: TestContext) => {
  const { database } = await startDatabase(t, await emptyDatabase(t))
  const times = ['2030-01-02 03:04:05.678+00', '2030-01-02 03:04:05.6Z', '2030-01-02 05:04:05+02']
  const text = 'select unnest($1::timestamptz[]) as time'

  t.assert.deepEqual(await database.query(text, [times]), [
    { time: '2030-01-02T03:04:05.678Z' },
    { time: '2030-01-02T03:04:05.600Z' },
    { time: '2030-01-02T03:04:05.000Z' }
  ])
  t.assert.equal(isoTime('2030-01-02 03:04:05.678999+00'), '2030-01-02T03:04:05.678Z')
})
