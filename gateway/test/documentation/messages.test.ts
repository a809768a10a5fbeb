import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { received, send } from '../../src/documentation/work.ts'

/** What is read at the other end where the bytes come in parts of `size`, and only the first `length` of them. */
async function cross(
  messages: readonly unknown[],
  size: number,
  length = Number.POSITIVE_INFINITY
) {
  const [from, to] = [new PassThrough(), new PassThrough()]
  for (const message of messages) send(from, message)
  const bytes = (from.read() as Buffer).subarray(0, length)
  for (let at = 0; at < bytes.length; at += size) to.write(bytes.subarray(at, at + size))
  to.end()
  return Array.fromAsync(received(to))
}

const bytes = new Uint8Array([0, 1, 2, 255])
const message = { name: 'é', map: new Map([[/x/g, new Set([1])]]), none: undefined, bytes }
const plain = (value: object) => ({ ...value, bytes: [...bytes] })

for (const size of [1, 3, 7, 65_536]) {
  test(`gives what was sent, in order, from parts of ${size} bytes`, async (t) => {
    const got = (await cross([message, null, { two: [bytes, bytes] }], size)) as [
      object,
      null,
      object
    ]

    t.assert.deepEqual(plain(got[0]), plain(message))
    t.assert.equal(got[1], null)
    t.assert.deepEqual(got[2], { two: [Buffer.from(bytes), Buffer.from(bytes)] })
  })
}

test('keeps what an error says', async (t) => {
  const [error] = await cross([new SyntaxError('bad')], 10)

  t.assert.equal(String(error), 'SyntaxError: bad')
})

test('ends without a word in the middle of a message', async (t) => {
  const ends = await Promise.all(
    [0, 2, 4, 9, 30].map(async (length) => cross([message], 5, length))
  )

  t.assert.deepEqual(ends, [[], [], [], [], []])
})

test('refuses what cannot be cloned, and has then written nothing', (t) => {
  const to = new PassThrough()

  t.assert.throws(() => send(to, { bytes, act: () => {} }), /could not be cloned/)

  t.assert.equal(to.read(), null)
})
