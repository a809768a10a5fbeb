import { test } from 'node:test'
import { until } from '../src/testing.ts'

test('waits until its condition gives something true, and gives that', async (t) => {
  let asked = 0

  const given = await until(() => {
    asked += 1
    return asked === 3 ? 'it' : undefined
  }, 'the third time')

  t.assert.equal(given, 'it')
})

test('ends a wait in vain with what it waited for', async (t) => {
  const waiting = until(async () => false, 'the moon', { limitMs: 10 })

  await t.assert.rejects(waiting, /^Error: Waited 10 ms in vain for the moon\.$/)
})

test('passes on at once what its condition throws', async (t) => {
  const waiting = until(() => {
    throw new Error('it ended')
  }, 'it')

  await t.assert.rejects(waiting, /it ended/)
})
