/** What one read takes at most, in bytes. */
const slabBytes = 64 * 1024
/** Slabs that are kept for later: 16 MB at most, of which only what was written is resident. */
const mostSpare = 256

const spare: Buffer[] = []

/** A buffer to read into. Its bytes are somebody's until it is given back. */
export function takeSlab(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(slabBytes)
}

/** Gives a slab back that nobody reads any more. */
export function giveBack(slab: Buffer) {
  if (spare.length < mostSpare) spare.push(slab)
}
