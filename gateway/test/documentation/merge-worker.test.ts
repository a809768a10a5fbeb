import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { createWorkshop } from '../../src/documentation/merge-worker.ts'
import { tableOf } from '../harness/documents/fixture.ts'
import { textOf } from '../harness/documents/service.ts'

const table = tableOf({ 'GET /api/a': {} })
const text = textOf('a')
const arrival = { name: 'one', pieces: [Buffer.from(text)] }
const part = { name: 'one', packed: zstdCompressSync(text) }

const unpacked = (packed: Uint8Array | null) => packed && zstdDecompressSync(packed).toString()

function openWorkshop(t: TestContext, options: object = {}) {
  const workshop = createWorkshop(options)
  t.after(workshop.close)
  return workshop
}

/** A document of this many operations, none of which the table publishes. */
function largeDocument(count: number): Buffer {
  const get = { responses: { 200: { description: 'x'.repeat(200) } } }
  const paths = Object.fromEntries(Array.from({ length: count }, (_, i) => [`/b${i}`, { get }]))
  return zstdCompressSync(JSON.stringify({ openapi: '3.1.0', paths }))
}

test('gives in another process what the same work gives here', async (t) => {
  const workshop = openWorkshop(t)

  const [inspected, merged] = await Promise.all([
    workshop.run('inspect', { table, arrival }),
    workshop.run('merge', { table, parts: [part], options: { title: 'T' } })
  ])

  t.assert.partialDeepStrictEqual(inspected, { findings: [], version: '1' })
  t.assert.equal(unpacked(inspected.packed), text)
  t.assert.match(unpacked(merged.packed) ?? '', /"operationId":"a"/)
  t.assert.match(merged.etag, /^"[\w-]{27}"$/)
})

test('keeps no process where there is nothing to do', async (t) => {
  const workshop = openWorkshop(t, { idleMs: 1 })

  await workshop.run('inspect', { table, arrival })
  while (workshop.isOpen()) await setImmediate()

  t.assert.equal((await workshop.run('inspect', { table, arrival })).version, '1')
})

test('gives up on a job that needs too much memory, and does the next', async (t) => {
  const workshop = openWorkshop(t, { heapMb: 48 })

  await t.assert.rejects(workshop.run('yaml', largeDocument(60_000)), /memory/)

  t.assert.equal((await workshop.run('inspect', { table, arrival })).version, '1')
})

test('gives up on a job that takes too long', async (t) => {
  const workshop = openWorkshop(t, { timeoutMs: 300 })

  const yaml = workshop.run('yaml', largeDocument(40_000))

  await t.assert.rejects(yaml, /takes more than 0.3 s/)
})

test('tells why a job failed', async (t) => {
  const workshop = openWorkshop(t)

  await t.assert.rejects(workshop.run('yaml', zstdCompressSync('<html>')), SyntaxError)
})

test('does nothing after it is closed', async (t) => {
  const workshop = openWorkshop(t)
  const running = workshop.run('merge', { table, parts: [part], options: { title: 'T' } })

  workshop.close()

  await t.assert.rejects(running)
  await t.assert.rejects(workshop.run('inspect', { table, arrival }), /closed/)
})
