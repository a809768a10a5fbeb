import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFrames } from '../../../src/dispatch/websocket/frames.ts'

/** The bytes of a frame, with its length told in the shortest way (RFC 6455 5.2). */
function frame(size: number, masked: boolean, opcode = 2) {
  const bit = masked ? 0x80 : 0
  const length = Buffer.alloc(9)
  const wide = size > 65_535 ? 8 : 2
  length[0] = bit | (size < 126 ? size : wide === 2 ? 126 : 127)
  if (wide === 2) length.writeUInt16BE(size < 126 ? 0 : size, 1)
  else length.writeBigUInt64BE(BigInt(size), 1)
  const head = length.subarray(0, size < 126 ? 1 : 1 + wide)
  return Buffer.concat([
    Buffer.from([0x80 | opcode]),
    head,
    Buffer.alloc(size + (masked ? 4 : 0), 7)
  ])
}

for (const size of [0, 1, 125, 126, 65_535, 65_536]) {
  for (const masked of [false, true]) {
    test(`F28 knows where a ${masked ? 'masked ' : ''}frame of ${size} bytes ends`, () => {
      const one = frame(size, masked)
      const frames = createFrames()
      const ends: number[] = []

      for (const [at, byte] of Buffer.concat([one, one]).entries()) {
        frames.pass(Buffer.from([byte]))
        if (frames.between()) ends.push(at + 1)
      }

      assert.deepEqual(ends, [one.length, 2 * one.length])
      assert.ok(!frames.closed())
    })

    test(`F28 completes no more than a ${masked ? 'masked ' : ''}frame of ${size} bytes`, () => {
      const one = frame(size, masked)
      for (const cut of [1, 2, 3, 9, one.length - 1].filter((cut) => cut < one.length)) {
        const frames = createFrames()
        frames.pass(one.subarray(0, cut))

        const taken = frames.complete(Buffer.concat([one.subarray(cut), one]))

        assert.equal(taken, one.length - cut)
        assert.ok(frames.between())
      }
    })
  }
}

test('F28 sees a close frame', () => {
  const frames = createFrames()

  frames.pass(Buffer.concat([frame(70_000, true), frame(2, false, 8)]))

  assert.ok(frames.closed() && frames.between())
})
