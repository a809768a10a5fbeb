/** Memory that is kept for later, of each size, in bytes; only what was ever written of it is resident. */
const mostSpareBytes = 16 * 1024 * 1024

/** By the size of its pieces. */
const spares = new Map<number, Buffer[]>()

interface Slab {
  bytes: Buffer
  /** How many still use what was read. */
  users: number
}

const takeSlab = (size: number): Slab => ({
  bytes: spares.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size),
  users: 0
})

function giveBack({ bytes }: Slab) {
  const spare = spares.get(bytes.length) ?? []
  spares.set(bytes.length, spare)
  if (spare.length * bytes.length < mostSpareBytes) spare.push(bytes)
}

/**
 * The memory that a connection reads into: the same again and again, unless what was read is still being written
 * elsewhere. A new piece for each read, as Node has it, is what most of the time of a large answer would go into.
 */
export class ReadBuffer {
  readonly #size: number
  #slab: Slab | null

  /** @param size what one read takes at most, in bytes */
  constructor(size: number) {
    this.#size = size
    this.#slab = takeSlab(size)
  }

  /** Where the next read goes. */
  next(): Buffer {
    if (this.#slab === null || this.#slab.users > 0) this.#slab = takeSlab(this.#size)
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
