import { type Author, conflict, forbidden, notFound } from '@gatehouse/service-kit'
import type { Passwords } from '../passwords/passwords.ts'
import { refuseCommon } from '../passwords/policy.ts'
import type { NewUser, User, UserPatch } from './contract.ts'
import type { UserStore } from './store.ts'

interface Deps {
  store: UserStore
  passwords: Passwords
}

interface Wanted {
  limit: number
  q: string | undefined
  after: string | undefined
}

export type UsersService = ReturnType<typeof createUsersService>

const refusals = {
  'username-taken': 'Somebody has this username already.',
  'email-taken': 'Somebody has this e-mail already.',
  'last-admin': 'This is the last admin; make another user an admin first.'
}

/** Gives a user that the store gave; throws what it refused. */
export function orRefuse(result: User | keyof typeof refusals | null): User {
  if (result === null) throw noSuchUser()
  if (typeof result === 'string') throw conflict(result, refusals[result])
  return result
}

export function noSuchUser() {
  return notFound('user-not-found', 'There is no such user.')
}

export function protectedAccount(what: string) {
  return forbidden('protected-account', `This is a demo account; ${what}.`)
}

export function createUsersService({ store, passwords }: Deps) {
  /** Of a demo account everybody knows the password: whoever changed it would lock all others out. */
  async function refuseProtected(id: string, { password, user_type, disabled }: UserPatch) {
    if (password === undefined && user_type === undefined && !disabled) return
    const type = await store.protectedType(id)
    if (type === null) return
    if (disabled) throw protectedAccount('it cannot be disabled')
    if (password !== undefined) throw protectedAccount('its password stays as it is')
    if (user_type !== undefined && user_type !== type)
      throw protectedAccount('its type stays as it is')
  }

  return {
    async create({ password, user_type = 'default', ...fields }: NewUser, created_by: string) {
      refuseCommon(password)
      const password_hash = await passwords.hash(password)
      return orRefuse(await store.insert({ ...fields, user_type, password_hash, created_by }))
    },

    async list(wanted: Wanted): Promise<User[]> {
      return store.list(wanted)
    },

    async get(id: string): Promise<User> {
      return orRefuse(await store.find(id))
    },

    async update(id: string, patch: UserPatch, author: Author): Promise<User> {
      const { password, ...fields } = patch
      await refuseProtected(id, patch)
      if (password === undefined) return orRefuse(await store.update(id, fields, author))
      refuseCommon(password)
      if ((await store.find(id)) === null) throw noSuchUser()
      const password_hash = await passwords.hash(password)
      return orRefuse(await store.update(id, { ...fields, password_hash }, author))
    },

    async remove(id: string, author: Author): Promise<void> {
      if ((await store.protectedType(id)) !== null) throw protectedAccount('it cannot be deleted')
      const result = await store.remove(id, author)
      if (result === null) throw noSuchUser()
      if (result === 'last-admin') throw conflict(result, refusals[result])
    }
  }
}
