import type { ThrottleStore } from '../throttle/store.ts'
import type { SessionStore } from './store.ts'

interface Options {
  store: Pick<SessionStore, 'forget'>
  throttle: Pick<ThrottleStore, 'forget'>
  /** Told what keeps a sweep from being done; the next one makes up for it. */
  onError: (error: unknown) => void
}

const hourMs = 3_600_000
// An hour more than the longest life that the gateway gives an access token: until then a gateway that starts must
// hear of an ended session, whatever the clocks say.
const keepMs = 25 * hourMs

/** Forgets what ended or expired 25 hours ago, and gives the number of sessions. */
export async function forgetOldSessions(store: Options['store'], now = Date.now()) {
  return store.forget(new Date(now - keepMs))
}

/** Forgets old sessions and failed logins every hour, on each replica; gives the function that ends it. */
export function sweepSessions({ store, throttle, onError }: Options) {
  const sweep = async () => {
    await forgetOldSessions(store)
    await throttle.forget()
  }
  const timer = setInterval(() => void sweep().catch(onError), hourMs).unref()
  return () => clearInterval(timer)
}
