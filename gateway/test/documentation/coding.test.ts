import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { codingFor, createCompressed } from '../../src/documentation/assets.ts'

const wanted: [field: string | undefined, coding: string | null][] = [
  [undefined, null],
  ['', null],
  ['identity', null],
  ['deflate', null],
  ['gzip', 'gzip'],
  ['br', 'br'],
  ['gzip, deflate, br, zstd', 'br'],
  ['GZIP', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['br; q=0.2, gzip;q=0.8', 'gzip'],
  ['br ; q=1.0, gzip;q=0.8', 'br'],
  ['*', 'br'],
  ['*;q=0', null],
  ['br;q=0, *', 'gzip'],
  ['gzip;q=0, br;q=0', null],
  ['br;q=nonsense', null]
]

for (const [field, coding] of wanted) {
  test(`answers ${coding ?? 'plain'} to accept-encoding: ${field}`, (t) => {
    t.assert.equal(codingFor(field), coding)
  })
}

test('compresses once, and unpacks to the same bytes', async (t) => {
  const bytes = Buffer.from('the same words, the same words, the same words')
  const reads: number[] = []
  const bytesIn = createCompressed(async () => {
    reads.push(1)
    return bytes
  })

  const [br, again, gzip, plain] = await Promise.all([
    bytesIn('br'),
    bytesIn('br'),
    bytesIn('gzip'),
    bytesIn(null)
  ])

  t.assert.deepEqual(brotliDecompressSync(br), bytes)
  t.assert.equal(again, br)
  t.assert.deepEqual(gunzipSync(gzip), bytes)
  t.assert.equal(plain, bytes)
  t.assert.equal(reads.length, 3)
})

test('reads again after a read that failed', async (t) => {
  const answers = [Promise.reject(new Error('gone')), Promise.resolve(Buffer.from('back'))]
  const bytesIn = createCompressed(() => answers.shift() as Promise<Buffer>)

  await t.assert.rejects(bytesIn('gzip'), /gone/)
  const bytes = await bytesIn('gzip')

  t.assert.equal(gunzipSync(bytes).toString(), 'back')
})
