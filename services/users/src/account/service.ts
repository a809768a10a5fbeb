import { type Author, badRequest, forbidden } from '@gatehouse/service-kit'
import type { Passwords } from '../passwords/passwords.ts'
import { refuseCommon } from '../passwords/policy.ts'
import type { PasswordStore } from '../passwords/store.ts'
import type { User } from '../users/contract.ts'
import { noSuchUser, orRefuse, protectedAccount } from '../users/service.ts'
import type { UserStore } from '../users/store.ts'
import type { MePatch, PasswordChange } from './operations.ts'

interface Deps {
  users: Pick<UserStore, 'update'>
  credentials: Pick<PasswordStore, 'findWithHash' | 'changePassword'>
  passwords: Passwords
}

export type AccountService = ReturnType<typeof createAccountService>

function wrongPassword() {
  return forbidden('wrong-password', 'The current password is not right.')
}

/** What users may do with their own accounts: they are always the authors. */
export function createAccountService({ users, credentials, passwords }: Deps) {
  return {
    async update(author: Author, patch: MePatch): Promise<User> {
      return orRefuse(await users.update(author.id, patch, author))
    },

    /** Of several changes at once from the same password, one succeeds. */
    async changePassword(author: Author, { current_password, new_password }: PasswordChange) {
      const { id } = author
      const user = await credentials.findWithHash({ id })
      if (user === null) throw noSuchUser()
      if (user.protected) throw protectedAccount('its password stays as it is')
      const from = user.password_hash
      if ((await passwords.verify(current_password, from)) === 'differs') throw wrongPassword()
      if (new_password === current_password)
        throw badRequest('password-unchanged', 'The new password is the current one.')
      refuseCommon(new_password, '#/body/new_password')
      const to = await passwords.hash(new_password)
      if (!(await credentials.changePassword({ id, from, to }, author))) throw wrongPassword()
    }
  }
}
