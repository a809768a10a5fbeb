import { ProblemError } from '@gatehouse/service-kit'
import type { Rate } from '../route-table/types.ts'
import { formatDuration } from '../route-table/units.ts'

/** A client's remaining requests, for the `ratelimit-*` headers. */
export interface Allowance {
  limit: number
  remaining: number
  /** Seconds until the whole limit is available again. */
  resetSeconds: number
}

/** Two generations of one bucket: a client without a request for a whole window has its full allowance, and is forgotten. */
interface Bucket {
  current: Map<string, number>
  previous: Map<string, number>
  rotateAt: number
}

/** Absorbs the rounding of divisions. */
const epsilon = 1e-6

export type Limiter = ReturnType<typeof createLimiter>

/**
 * Token buckets (GCRA, as in ITU-T I.371): `limit` requests at once, refilled evenly over the window, so that no window
 * has more than twice the limit, and a rejected request costs nothing. The state of a client is one number: the time at
 * which its bucket is full. The counts are this process's own.
 */
export function createLimiter() {
  const buckets = new Map<string, Bucket>()

  function bucketOf({ bucket: name, windowMs }: Rate, time: number): Bucket {
    let bucket = buckets.get(name)
    if (!bucket) {
      bucket = { current: new Map(), previous: new Map(), rotateAt: time + windowMs }
      buckets.set(name, bucket)
    }
    if (time >= bucket.rotateAt) {
      bucket.previous = bucket.current
      bucket.current = new Map()
      bucket.rotateAt = time + windowMs
    }
    return bucket
  }

  /** Counts one request of `client` at `time` (ms, monotonic); throws 429 where the limit is reached. */
  return (rate: Rate, client: string, time: number): Allowance => {
    const { limit, windowMs } = rate
    const bucket = bucketOf(rate, time)
    const intervalMs = windowMs / limit
    const fullAt = Math.max(bucket.current.get(client) ?? bucket.previous.get(client) ?? 0, time)
    const nextFullAt = fullAt + intervalMs
    const waitMs = nextFullAt - windowMs - time
    if (waitMs > epsilon) throw tooManyRequests(rate, waitMs, fullAt - time)
    bucket.current.set(client, nextFullAt)
    const remaining = Math.floor((windowMs - (nextFullAt - time)) / intervalMs + epsilon)
    return { limit, remaining, resetSeconds: Math.ceil((nextFullAt - time) / 1000) }
  }
}

function tooManyRequests({ limit, windowMs, per }: Rate, waitMs: number, fullInMs: number) {
  const window = formatDuration(windowMs)
  const retryAfter = Math.ceil(waitMs / 1000)
  return new ProblemError(
    429,
    'too-many-requests',
    `The limit of ${limit} requests in ${window} per ${per} is reached. Retry after ${retryAfter} s.`,
    {
      headers: {
        'ratelimit-limit': `${limit}`,
        'ratelimit-remaining': '0',
        'ratelimit-reset': `${Math.ceil(fullInMs / 1000)}`,
        'retry-after': `${retryAfter}`
      }
    }
  )
}
