import { ProblemError } from '@gatehouse/service-kit'
import type { Rate } from '../route-table/types.ts'

/** What a client has left, for the `ratelimit-*` headers. */
export interface Allowance {
  limit: number
  remaining: number
  /** Seconds until everything is available again. */
  resetSeconds: number
}

/** Two generations of one bucket: who was not seen for a whole window has all of it again, and is forgotten. */
interface Bucket {
  young: Map<string, number>
  old: Map<string, number>
  turnAt: number
}

/** Counts that round to a whole number do so whatever the last bit of a division says. */
const epsilon = 1e-6

export type Limiter = ReturnType<typeof createLimiter>

/**
 * Token buckets (GCRA, as in ITU-T I.371): `limit` requests at once, refilled evenly over the window, so that
 * no window sees more than twice the limit and refusals cost nothing. The state of a client is one number: when
 * its bucket will be full. Counted in this process alone.
 */
export function createLimiter() {
  const buckets = new Map<string, Bucket>()

  function bucketOf({ bucket: name, windowMs }: Rate, time: number): Bucket {
    let bucket = buckets.get(name)
    if (!bucket) {
      bucket = { young: new Map(), old: new Map(), turnAt: time + windowMs }
      buckets.set(name, bucket)
    }
    if (time >= bucket.turnAt) {
      bucket.old = bucket.young
      bucket.young = new Map()
      bucket.turnAt = time + windowMs
    }
    return bucket
  }

  /** Takes one request of `client` at `time` (ms, never going back); throws 429 where none is left. */
  return (rate: Rate, client: string, time: number): Allowance => {
    const { limit, windowMs } = rate
    const bucket = bucketOf(rate, time)
    const intervalMs = windowMs / limit
    const fullAt = Math.max(bucket.young.get(client) ?? bucket.old.get(client) ?? 0, time)
    const nextFullAt = fullAt + intervalMs
    const waitMs = nextFullAt - windowMs - time
    if (waitMs > epsilon) throw tooManyRequests(rate, waitMs, fullAt - time)
    bucket.young.set(client, nextFullAt)
    const remaining = Math.floor((windowMs - (nextFullAt - time)) / intervalMs + epsilon)
    return { limit, remaining, resetSeconds: Math.ceil((nextFullAt - time) / 1000) }
  }
}

function tooManyRequests({ limit, windowMs, per }: Rate, waitMs: number, fullInMs: number) {
  const window = windowMs % 1000 === 0 ? `${windowMs / 1000} s` : `${windowMs} ms`
  return new ProblemError(
    429,
    'too-many-requests',
    `At most ${limit} requests in ${window} per ${per}.`,
    {
      headers: {
        'ratelimit-limit': `${limit}`,
        'ratelimit-remaining': '0',
        'ratelimit-reset': `${Math.ceil(fullInMs / 1000)}`,
        'retry-after': `${Math.ceil(waitMs / 1000)}`
      }
    }
  )
}
