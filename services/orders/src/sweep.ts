import type { Stores } from './store.ts'

interface Options {
  stores: Stores
  /** Told what keeps a sweep from being done; the next one makes up for it. */
  onError: (error: unknown) => void
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const keepKeysMs = dayMs
const keepEventsMs = 7 * dayMs
/** Longer than anything is repeated; what comes again after that would find nothing to do. */
const keepReceivedMs = 90 * dayMs

/** Forgets what is kept for a time only, and gives how much: keys 24 hours, stream events 7 days, ids of events 90. */
export async function forgetOld({ idempotency, stream, userEvents }: Stores, now = Date.now()) {
  const before = (ms: number) => new Date(now - ms)
  return {
    keys: await idempotency.forget(before(keepKeysMs)),
    events: await stream.forgetEvents(before(keepEventsMs)),
    received: await userEvents.forget(before(keepReceivedMs))
  }
}

/** Forgets old things at once and every hour, on each replica; gives the function that ends it. */
export function sweepOld({ stores, onError }: Options) {
  const sweep = () => void forgetOld(stores).catch(onError)
  sweep()
  const timer = setInterval(sweep, hourMs).unref()
  return () => clearInterval(timer)
}
