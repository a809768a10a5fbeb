import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createWorkshop } from '../../src/docs/workshop.ts'
import { tableOf } from './fixture.ts'
import { textOf } from './service.ts'

const table = tableOf({ 'GET /api/a': {} })
const part = { name: 'one', bytes: Buffer.from(textOf('a')) }

function openWorkshop(t: TestContext, options: object = {}) {
  const workshop = createWorkshop(options)
  t.after(workshop.close)
  return workshop
}

/** A document of this many operations, none of which the table publishes. */
function largeDocument(count: number): Buffer {
  const get = { responses: { 200: { description: 'x'.repeat(200) } } }
  const paths = Object.fromEntries(Array.from({ length: count }, (_, i) => [`/b${i}`, { get }]))
  return Buffer.from(JSON.stringify({ openapi: '3.1.0', paths }))
}

test('gives in another thread what the same work gives here', async (t) => {
  const workshop = openWorkshop(t)

  const [inspected, merged] = await Promise.all([
    workshop.run('inspect', { table, part }),
    workshop.run('merge', { table, parts: [part], options: { title: 'T' } })
  ])

  t.assert.deepEqual(inspected, { usable: true, findings: [], version: '1' })
  t.assert.match(Buffer.from(merged.bytes).toString(), /"operationId":"a"/)
  t.assert.match(merged.etag, /^"[\w-]{27}"$/)
})

test('keeps no thread where there is nothing to do', async (t) => {
  const workshop = openWorkshop(t, { idleMs: 1 })

  await workshop.run('inspect', { table, part })
  while (workshop.isOpen()) await setImmediate()

  t.assert.equal((await workshop.run('inspect', { table, part })).usable, true)
})

test('gives up on a job that needs too much memory, and does the next', async (t) => {
  const workshop = openWorkshop(t, { heapMb: 48 })

  await t.assert.rejects(workshop.run('yaml', largeDocument(60_000)), /memory/)

  t.assert.equal((await workshop.run('inspect', { table, part })).usable, true)
})

test('gives up on a job that takes too long', async (t) => {
  const workshop = openWorkshop(t, { timeoutMs: 300 })

  const yaml = workshop.run('yaml', largeDocument(40_000))

  await t.assert.rejects(yaml, { name: 'AbortError' })
})

test('tells why a job failed', async (t) => {
  const workshop = openWorkshop(t)

  await t.assert.rejects(workshop.run('yaml', Buffer.from('<html>')), SyntaxError)
})

test('does nothing after it is closed', async (t) => {
  const workshop = openWorkshop(t)
  const running = workshop.run('merge', { table, parts: [part], options: { title: 'T' } })

  workshop.close()

  await t.assert.rejects(running)
  await t.assert.rejects(workshop.run('inspect', { table, part }), /closed/)
})
