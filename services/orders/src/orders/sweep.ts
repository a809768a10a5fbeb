import type { OrderStore } from './store.ts'

type Store = Pick<OrderStore, 'forgetKeys' | 'forgetEvents'>

interface Options {
  store: Store
  /** Told what keeps a sweep from being done; the next one makes up for it. */
  onError: (error: unknown) => void
}

const hourMs = 3_600_000
const keepMs = 24 * hourMs
const keepEventsMs = 7 * 24 * hourMs

/** Forgets the idempotency keys that are older than 24 hours, and gives their number. */
export async function forgetOldKeys(
  store: Pick<Store, 'forgetKeys'>,
  now = Date.now()
): Promise<number> {
  return store.forgetKeys(new Date(now - keepMs))
}

/** Forgets the events that are older than 7 days, and gives their number. */
export async function forgetOldEvents(store: Pick<Store, 'forgetEvents'>, now = Date.now()) {
  return store.forgetEvents(new Date(now - keepEventsMs))
}

/** Forgets old keys and events every hour, on each replica; gives the function that ends it. */
export function sweepOld({ store, onError }: Options) {
  const sweep = () => {
    void forgetOldKeys(store).catch(onError)
    void forgetOldEvents(store).catch(onError)
  }
  const timer = setInterval(sweep, hourMs).unref()
  return () => clearInterval(timer)
}
