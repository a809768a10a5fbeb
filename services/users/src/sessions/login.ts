import { ProblemError } from '@gatehouse/service-kit'
import type { Passwords } from '../passwords/passwords.ts'
import type { PasswordStore } from '../passwords/store.ts'
import { type Throttle, tooManyAttempts } from '../throttle/throttle.ts'
import type { Credentials } from './contract.ts'

interface Deps {
  store: Pick<PasswordStore, 'findWithHash' | 'replaceHash'>
  passwords: Passwords
  throttle: Throttle
}

/** Whose password was typed, and the hash that it has now. */
interface Known {
  user_id: string
  password_hash: string
}

/** Who was meant, where that is known; the account where the password was right; or why nothing was said of that. */
type Outcome = { user_id: string | null; known: Known | null; throttled: ProblemError | null }

const username = /^[A-Za-z0-9._-]{1,64}$/

/** The key of a name that may exist. Any other is looked up under a key that nobody has, to take as long. */
function keyOf(typed: string): string {
  return username.test(typed) ? typed.toLowerCase() : ''
}

/** Gives the function that checks what a user typed, in the same time whatever is wrong with it. */
export function createCheck({ store, passwords, throttle }: Deps) {
  /** Replaces a hash of another cost; that too many passwords are being checked is no reason to refuse. */
  async function rehash(id: string, password: string, from: string): Promise<string> {
    try {
      const to = await passwords.hash(password)
      return (await store.replaceHash({ id, from, to })) ? to : from
    } catch (error) {
      if (error instanceof ProblemError && error.slug === 'too-busy') return from
      throw error
    }
  }

  return async (typed: Credentials, address: string | null): Promise<Outcome> => {
    const { username: name, password } = typed
    passwords.checkRoom()
    const user = await store.findWithHash({ username_key: keyOf(name) })
    const user_id = user?.id ?? null
    const verdict = await passwords.verify(password, user?.password_hash ?? null)
    const account = verdict === 'differs' || user?.disabled_at ? null : user
    const wait = await throttle.settle({ name, user_id, address, right: account !== null })
    if (wait !== null) return { user_id, known: null, throttled: tooManyAttempts(wait) }
    if (account === null) return { user_id, known: null, throttled: null }
    const { id, password_hash: checked } = account
    const password_hash = verdict === 'outdated' ? await rehash(id, password, checked) : checked
    return { user_id, known: { user_id: id, password_hash }, throttled: null }
  }
}
