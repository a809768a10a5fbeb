import type { OrderStore } from './store.ts'

type Store = Pick<OrderStore, 'forgetKeys'>

interface Options {
  store: Store
  /** Told what keeps a sweep from being done; the next one makes up for it. */
  onError: (error: unknown) => void
}

const hourMs = 3_600_000
const keepMs = 24 * hourMs

/** Forgets the idempotency keys that are older than 24 hours, and gives their number. */
export async function forgetOldKeys(store: Store, now = Date.now()): Promise<number> {
  return store.forgetKeys(new Date(now - keepMs))
}

/** Forgets old keys every hour, on each replica; gives the function that ends it. */
export function sweepKeys({ store, onError }: Options) {
  const timer = setInterval(() => void forgetOldKeys(store).catch(onError), hourMs).unref()
  return () => clearInterval(timer)
}
