import { ProblemError } from '@gatehouse/service-kit'
import type { Passwords } from '../passwords/passwords.ts'
import type { PasswordStore } from '../passwords/store.ts'
import type { Credentials } from './contract.ts'

interface Deps {
  store: Pick<PasswordStore, 'findWithHash' | 'replaceHash'>
  passwords: Passwords
}

/** Whose password was typed, and the hash that it has now. */
interface Known {
  user_id: string
  password_hash: string
}

/** Who was meant, where that is known, and whether the password was right. */
type Outcome = { user_id: string | null; known: Known | null }

const username = /^[A-Za-z0-9._-]{1,64}$/

/** The key of a name that may exist. Any other is looked up under a key that nobody has, to take as long. */
function keyOf(typed: string): string {
  return username.test(typed) ? typed.toLowerCase() : ''
}

/** Gives the function that checks what a user typed, in the same time whatever is wrong with it. */
export function createCheck({ store, passwords }: Deps) {
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

  return async ({ username: name, password }: Credentials): Promise<Outcome> => {
    const user = await store.findWithHash({ username_key: keyOf(name) })
    const verdict = await passwords.verify(password, user?.password_hash ?? null)
    if (user === null) return { user_id: null, known: null }
    const { id: user_id, password_hash: checked } = user
    if (verdict === 'differs') return { user_id, known: null }
    const password_hash =
      verdict === 'outdated' ? await rehash(user_id, password, checked) : checked
    return { user_id, known: { user_id, password_hash } }
  }
}
