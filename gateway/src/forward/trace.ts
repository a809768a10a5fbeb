import { randomFillSync } from 'node:crypto'

/** W3C Trace Context 3.2: version, trace id and parent id of which neither is all zeros, flags. */
const shape = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
const bytesPerTrace = 24
const pool = Buffer.allocUnsafe(bytesPerTrace * 256)
let used = pool.length

/** Whether a client's `traceparent` is one; what is not is replaced. */
export function isTraceparent(value: string): boolean {
  return shape.test(value)
}

/** A `traceparent` that starts a trace, from random bytes drawn 256 traces at a time. */
export function startTrace(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const hex = pool.toString('hex', used, used + bytesPerTrace)
  used += bytesPerTrace
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`
}
