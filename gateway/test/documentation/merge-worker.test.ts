import { execFile } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { until } from '@gatehouse/service-kit/testing'
import { createMergeWorker } from '../../src/documentation/merge-worker.ts'
import { tableOf } from '../harness/documents/fixture.ts'
import { textOf } from '../harness/documents/service.ts'

const table = tableOf({ 'GET /api/a': {} })
const text = textOf('a')
const arrival = { name: 'one', bytes: Buffer.from(text) }
const part = { name: 'one', packed: zstdCompressSync(text) }

const unpacked = (packed: Uint8Array | null) => packed && zstdDecompressSync(packed).toString()

function openWorker(t: TestContext, options: object = {}) {
  const worker = createMergeWorker(options)
  t.after(worker.close)
  return worker
}

/** A document of this many operations, none of which the table publishes. */
function largeDocument(count: number): Buffer {
  const get = { responses: { 200: { description: 'x'.repeat(200) } } }
  const paths = Object.fromEntries(Array.from({ length: count }, (_, i) => [`/b${i}`, { get }]))
  return zstdCompressSync(JSON.stringify({ openapi: '3.1.0', paths }))
}

test('gives in another thread what the same work gives here', async (t) => {
  const worker = openWorker(t)

  const [inspected, merged] = await Promise.all([
    worker.run('inspect', { table, arrival }),
    worker.run('merge', { table, parts: [part], options: { title: 'T' } })
  ])

  t.assert.equal(inspected.cpuMs > 0, true)
  t.assert.partialDeepStrictEqual(inspected, { findings: [], version: '1' })
  t.assert.equal(unpacked(inspected.packed), text)
  t.assert.match(unpacked(merged.packed) ?? '', /"operationId":"a"/)
  t.assert.match(merged.etag, /^"[\w-]{27}"$/)
})

test('keeps no thread where there is nothing to do', async (t) => {
  const worker = openWorker(t, { idleMs: 1 })

  await worker.run('inspect', { table, arrival })
  await until(() => !worker.isOpen(), 'the end of the thread')

  t.assert.equal((await worker.run('inspect', { table, arrival })).version, '1')
})

test('cancels a job that needs too much memory, and does the next', async (t) => {
  const worker = openWorker(t, { heapMb: 48 })

  await t.assert.rejects(worker.run('yaml', largeDocument(60_000)), /memory/)

  t.assert.equal((await worker.run('inspect', { table, arrival })).version, '1')
})

test('cancels a job that needs too much processor time', async (t) => {
  const worker = openWorker(t, { cpuLimitMs: 300 })

  const yaml = worker.run('yaml', largeDocument(40_000))

  await t.assert.rejects(yaml, /takes more than 0.3 s/)
})

test('reports why a job failed', async (t) => {
  const worker = openWorker(t)

  await t.assert.rejects(worker.run('yaml', zstdCompressSync('<html>')), SyntaxError)
})

test('does nothing after it is closed', async (t) => {
  const worker = openWorker(t)
  const running = worker.run('merge', { table, parts: [part], options: { title: 'T' } })

  worker.close()

  await t.assert.rejects(running)
  await t.assert.rejects(worker.run('inspect', { table, arrival }), /closed/)
})

test('starts nothing that keeps the process alive', async (t) => {
  const script = `const { createMergeWorker } = await import('${new URL('../../src/documentation/merge-worker.ts', import.meta.url)}')
    const arrival = { name: 'one', bytes: Buffer.from('{}') }
    const { findings } = await createMergeWorker().run('inspect', { table: { services: [], routes: [] }, arrival })
    console.log(findings.length)`

  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    script
  ])

  t.assert.equal(stdout, '1\n')
})
