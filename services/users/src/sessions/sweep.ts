import type { SessionStore } from './store.ts'

interface Options {
  store: Pick<SessionStore, 'forget'>
  /** Told what keeps a sweep from being done; the next one makes up for it. */
  onError: (error: unknown) => void
}

const hourMs = 3_600_000
// Longer than any access token lives: until then a gateway that starts must hear of an ended session.
const keepMs = 24 * hourMs

/** Forgets what ended or expired a day ago, and gives the number of sessions. */
export async function forgetOldSessions(store: Options['store'], now = Date.now()) {
  return store.forget(new Date(now - keepMs))
}

/** Forgets old sessions every hour, on each replica; gives the function that ends it. */
export function sweepSessions({ store, onError }: Options) {
  const timer = setInterval(() => void forgetOldSessions(store).catch(onError), hourMs).unref()
  return () => clearInterval(timer)
}
