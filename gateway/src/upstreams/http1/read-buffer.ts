/** What one read takes at most, in bytes. */
const slabBytes = 64 * 1024
/** Memory that is kept for later: 16 MB at most, of which only what was ever written is resident. */
const mostSpare = 256

const spare: Buffer[] = []

interface Slab {
  bytes: Buffer
  /** How many still use what was read. */
  users: number
}

const takeSlab = (): Slab => ({
  bytes: spare.pop() ?? Buffer.allocUnsafeSlow(slabBytes),
  users: 0
})

function giveBack({ bytes }: Slab) {
  if (spare.length < mostSpare) spare.push(bytes)
}

/**
 * The memory that a connection reads into: the same again and again, unless what was read is still being written
 * elsewhere. A new piece for each read, as Node has it, is what most of the time of a large answer would go into.
 */
export class ReadBuffer {
  #slab: Slab | null = takeSlab()

  /** Where the next read goes. */
  next(): Buffer {
    if (this.#slab === null || this.#slab.users > 0) this.#slab = takeSlab()
    return this.#slab.bytes
  }

  /** What was read; good until the next read, or for as long as it is kept. */
  filled(size: number): Buffer {
    return (this.#slab as Slab).bytes.subarray(0, size)
  }

  /** Keeps what was read until the function it gives is called, once. */
  keep(): () => void {
    const slab = this.#slab as Slab
    slab.users += 1
    return () => {
      slab.users -= 1
      if (slab.users === 0 && slab !== this.#slab) giveBack(slab)
    }
  }

  /** Nothing is read any more. */
  release() {
    const slab = this.#slab
    this.#slab = null
    if (slab?.users === 0) giveBack(slab)
  }
}
