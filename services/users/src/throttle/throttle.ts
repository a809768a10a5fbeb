import { createHash } from 'node:crypto'
import { networkOf, ProblemError } from '@gatehouse/service-kit'
import type { ThrottleStore } from './store.ts'

/** An attempt to show that one knows the password of an account. */
interface Shown {
  /** The name of the account, as it was typed. */
  name: string
  /** Its user, where there is one. */
  user_id: string | null
  /** The client's address; who has none counts together with all others who have none. */
  address: string | null
  right: boolean
}

export type Throttle = ReturnType<typeof createThrottle>

const possible = /^[a-z0-9._-]{1,64}$/

/** What the failures for a name are kept under: not the name, which is now and then a password. */
function accountKey(name: string) {
  const plain = name.normalize('NFKC').trim().toLowerCase()
  if (!possible.test(plain)) return new Uint8Array()
  return new Uint8Array(createHash('sha256').update(plain).digest())
}

function period(seconds: number): string {
  return seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} seconds`
}

/** The answer to who has failed too often; it says nothing of the password. */
export function tooManyAttempts(seconds: number) {
  const detail = `Too many wrong passwords from here; try again in ${period(seconds)}.`
  const headers = { 'retry-after': `${seconds}` }
  return new ProblemError(429, 'too-many-attempts', detail, { headers })
}

/**
 * Counts wrong passwords by account and network. It decides after a password was checked, not before: so a refusal
 * takes as long as any other (guarantee C2), those that are under way together are counted exactly (C8), and right
 * ones are none of its business.
 */
export function createThrottle(store: ThrottleStore) {
  return {
    /** Seconds until the client may try again; null where this attempt is taken for what it is. */
    async settle({ name, user_id, address, right }: Shown): Promise<number | null> {
      const network = networkOf(address ?? '')
      const attempt = { account: accountKey(name), network, user_id }
      return right ? store.pass(attempt) : store.fail(attempt)
    }
  }
}
