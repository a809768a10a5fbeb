import { type Author, badRequest, forbidden, type ProblemError } from '@gatehouse/service-kit'
import type { Passwords } from '../passwords/passwords.ts'
import { refuseCommon } from '../passwords/policy.ts'
import type { PasswordStore } from '../passwords/store.ts'
import { orRefuseEnd } from '../sessions/service.ts'
import type { SessionStore } from '../sessions/store.ts'
import { type Throttle, tooManyAttempts } from '../throttle/throttle.ts'
import type { User } from '../users/contract.ts'
import { orRefuse, protectedAccount, refusedActor } from '../users/service.ts'
import type { UserStore } from '../users/store.ts'
import type { MePatch, OwnSession, PasswordChange } from './contract.ts'
import type { AccountStore } from './store.ts'

interface Deps {
  users: Pick<UserStore, 'update'>
  credentials: Pick<PasswordStore, 'findWithHash' | 'changePassword'>
  sessions: Pick<SessionStore, 'endOwn'>
  account: AccountStore
  passwords: Passwords
  throttle: Throttle
}

/** The user who asks, and the session it asks with. */
interface Own {
  id: string
  session: string
}

interface Change {
  author: Author
  /** The session that goes on. */
  session: string
  address: string | null
}

export type AccountService = ReturnType<typeof createAccountService>

function wrongPassword() {
  return forbidden('wrong-password', 'The current password is wrong.')
}

/** What users may do with their own accounts: they are always the authors. */
export function createAccountService(deps: Deps) {
  const { users, credentials, sessions, account, passwords, throttle } = deps

  return {
    async update(author: Author, patch: MePatch): Promise<User> {
      return orRefuse(await users.update(author.id, patch, { author }))
    },

    /** Gives the problem where the current password is not shown. Of several changes at once from it, one succeeds. */
    async changePassword(
      { author, session, address }: Change,
      { current_password, new_password }: PasswordChange
    ): Promise<ProblemError | null> {
      const { id } = author
      const user = await credentials.findWithHash({ id })
      if (!user || user.disabled_at) throw refusedActor('actor-gone')
      if (user.protected) throw protectedAccount('its password stays as it is')
      const { username: name, password_hash: from } = user
      const right = (await passwords.verify(current_password, from)) !== 'differs'
      const wait = await throttle.settle({ name, user_id: id, address, right })
      if (wait !== null) return tooManyAttempts(wait)
      if (!right) return wrongPassword()
      if (new_password === current_password)
        throw badRequest(
          'password-unchanged',
          'The new password equals the current one. Choose another.'
        )
      refuseCommon(new_password, {
        names: [name, user.email],
        pointer: '#/body/new_password'
      })
      const to = await passwords.hash(new_password)
      const result = await credentials.changePassword({ id, from, to, session }, author)
      if (result === 'actor-gone') throw refusedActor(result)
      return result === 'changed' ? null : wrongPassword()
    },

    async listSessions(
      { id, session }: Own,
      wanted: { limit: number; after: string | undefined }
    ): Promise<OwnSession[]> {
      const found = await account.listSessions(id, wanted)
      return found.map((one) => ({ ...one, current: one.id === session }))
    },

    async endSession(id: string, user_id: string): Promise<void> {
      orRefuseEnd(await sessions.endOwn({ id, user_id }))
    }
  }
}
