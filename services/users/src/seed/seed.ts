import { StartError } from '@gatehouse/service-kit'
import type { Passwords } from '../passwords/passwords.ts'
import { isCommon } from '../passwords/policy.ts'
import type { PasswordStore } from '../passwords/store.ts'
import type { UserStore } from '../users/store.ts'
import type { SeedStore } from './store.ts'

const demoAccounts = [
  { username: 'admin', password: 'a', full_name: 'Demo admin', user_type: 'admin' },
  { username: 'user', password: 'u', full_name: 'Demo user', user_type: 'default' }
] as const

interface Deps {
  users: Pick<UserStore, 'insert'>
  credentials: Pick<PasswordStore, 'findWithHash'>
  seed: SeedStore
  passwords: Pick<Passwords, 'hash'>
  log: {
    info: (fields: object, text: string) => void
    warn: (fields: object, text: string) => void
  }
}

/** What the operator says of the accounts that have to be there. */
interface Wanted {
  DEMO: boolean
  ADMIN_USERNAME: string
  ADMIN_PASSWORD?: string
}

/** Creates the demo accounts where their names are free; of replicas that start together, one does. */
async function makeDemo({ users, credentials, passwords }: Deps) {
  for (const { password, ...fields } of demoAccounts) {
    if (await credentials.findWithHash({ username_key: fields.username })) continue
    const password_hash = await passwords.hash(password)
    await users.insert({ ...fields, password_hash, created_by: null, protected: true })
  }
}

/** Makes the first admin where there is none: somebody has to create the others. */
async function makeAdmin(
  { seed, passwords, log }: Deps,
  { ADMIN_USERNAME, ADMIN_PASSWORD }: Wanted
) {
  if (await seed.hasAdmin()) return
  if (ADMIN_PASSWORD === undefined)
    return log.warn({}, 'There is no admin: set ADMIN_USERNAME and ADMIN_PASSWORD_FILE.')
  if (isCommon(ADMIN_PASSWORD, [ADMIN_USERNAME]))
    throw new StartError(
      'ADMIN_PASSWORD is among the most common passwords, a simple pattern or its username; choose another.'
    )
  const password_hash = await passwords.hash(ADMIN_PASSWORD)
  const result = await seed.insertFirstAdmin({ username: ADMIN_USERNAME, password_hash })
  if (result === 'taken')
    throw new StartError(
      `ADMIN_USERNAME ${ADMIN_USERNAME} is a user who is no admin; choose another.`
    )
  if (result === 'made') log.info({ username: ADMIN_USERNAME }, 'The first admin is created.')
}

/**
 * With DEMO the demo accounts, protected from whoever plays with them; without, none of them, whatever was there
 * before, and the first admin where there is no admin. Throws a StartError for a first admin that cannot be made.
 */
export async function seedAccounts(deps: Deps, wanted: Wanted) {
  if (wanted.DEMO) return makeDemo(deps)
  const removed = await deps.seed.removeDemo()
  if (removed.length > 0) deps.log.warn({ removed }, 'DEMO is off: the demo accounts are deleted.')
  await makeAdmin(deps, wanted)
}
