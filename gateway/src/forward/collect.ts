import { collectYoung } from '../heap.ts'

/** Bytes that pass before what carried them is collected. */
const bytesBetween = 8 * 1024 * 1024

let passed = 0

/**
 * Counts bytes of bodies and tunnels on their way through, and collects the young generation from time to time. Node
 * reads into slabs of 64 kB that V8 knows as a few small objects each: it would let some 90 MB of them pile up before
 * it looks (PROMISES F21). Small answers never come here often enough to be delayed.
 */
export function countPassed(bytes: number) {
  passed += bytes
  if (passed < bytesBetween) return
  passed = 0
  collectYoung()
}
