import { type Author, conflict, forbidden, notFound, unauthorized } from '@gatehouse/service-kit'
import type { ActorRefusal } from '../actors/store.ts'
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

/** The answer to who was let in by the gateway, and may do nothing by now. */
export function refusedActor(refusal: ActorRefusal) {
  return refusal === 'actor-gone'
    ? unauthorized('no-user', 'Your account is deleted or disabled.')
    : forbidden('not-allowed', 'Only an admin may do this.')
}

type Refusal = keyof typeof refusals | ActorRefusal | null

/** Gives what the store gave; throws what it refused. */
export function orRefuse<T>(result: T): Exclude<T, Refusal> {
  const refusal = typeof result === 'object' && result !== null ? undefined : (result as Refusal)
  if (refusal === null) throw noSuchUser()
  if (refusal === 'actor-gone' || refusal === 'actor-not-allowed') throw refusedActor(refusal)
  if (refusal !== undefined && refusal in refusals) throw conflict(refusal, refusals[refusal])
  return result as Exclude<T, Refusal>
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
      refuseCommon(password, { names: [fields.username, fields.email] })
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
      const by = { author, needs: 'admin' } as const
      await refuseProtected(id, patch)
      if (password === undefined) return orRefuse(await store.update(id, fields, by))
      const user = orRefuse(await store.find(id))
      refuseCommon(password, { names: [user.username, fields.email ?? user.email] })
      const password_hash = await passwords.hash(password)
      return orRefuse(await store.update(id, { ...fields, password_hash }, by))
    },

    async remove(id: string, author: Author): Promise<void> {
      if ((await store.protectedType(id)) !== null) throw protectedAccount('it cannot be deleted')
      orRefuse(await store.remove(id, author))
    }
  }
}
