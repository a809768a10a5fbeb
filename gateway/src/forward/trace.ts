import { randomBytes } from 'node:crypto'

/** W3C Trace Context 3.2: version, trace id and parent id of which neither is all zeros, flags. */
const shape = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
const tracesAtOnce = 256
/** Hexadecimal digits of a trace id and a parent id. */
const traceDigits = 32
const digits = traceDigits + 16
let pool = ''
let used = 0

/** Whether a client's `traceparent` is one; what is not is replaced. */
export function isTraceparent(value: string): boolean {
  return shape.test(value)
}

/** A `traceparent` that starts a trace, from random bytes drawn 256 traces at a time. */
export function startTrace(): string {
  if (used === pool.length) {
    pool = randomBytes((digits / 2) * tracesAtOnce).toString('hex')
    used = 0
  }
  const parent = used + traceDigits
  const trace = pool.slice(used, parent)
  used += digits
  return `00-${trace}-${pool.slice(parent, used)}-01`
}
