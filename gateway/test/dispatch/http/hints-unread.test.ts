import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { mb, pour, skip, standsStill, startMeasured } from '../../harness/measured.ts'

const link = `</${'a'.repeat(4000)}>; rel=preload`
const hints = Buffer.from(`HTTP/1.1 103 Early Hints\r\nlink: ${link}\r\n\r\n`.repeat(16))
const bytes = 1600 * hints.length

test('F21 keeps no hints without end for a client that does not read', { skip }, async (t) => {
  const started = Promise.withResolvers<Socket>()
  const { open, assertFlat } = await startMeasured(t, (socket) => started.resolve(socket))
  const client = await open('GET /hints HTTP/1.1')
  client.pause()
  client.write('\r\n')

  const written = pour(await started.promise, bytes, hints)
  const taken = await standsStill(t, written)

  assert.ok(taken > 0, 'the upstream got rid of something')
  assertFlat(`${mb(taken)} of hints for a client that does not read`)
})
