import type { Passwords } from '../passwords/passwords.ts'
import type { PasswordStore } from '../passwords/store.ts'
import type { UserStore } from './store.ts'

const demoAccounts = [
  { username: 'admin', password: 'a', full_name: 'Demo admin', user_type: 'admin' },
  { username: 'user', password: 'u', full_name: 'Demo user', user_type: 'default' }
] as const

interface Deps {
  users: Pick<UserStore, 'insert'>
  credentials: Pick<PasswordStore, 'findWithHash'>
  passwords: Pick<Passwords, 'hash'>
}

interface Account {
  username: string
  password: string
  full_name: string | null
  user_type: 'admin' | 'default'
}

/** Creates an account where its name is free; of replicas that start together, one does. */
async function seed(
  { users, credentials, passwords }: Deps,
  account: Account,
  state: { protected: boolean }
) {
  const { password, ...fields } = account
  if (await credentials.findWithHash({ username_key: account.username })) return
  const password_hash = await passwords.hash(password)
  await users.insert({ ...fields, ...state, password_hash, created_by: null })
}

/** Creates the demo accounts where they are missing, protected from whoever plays with them. */
export async function seedDemo(deps: Deps) {
  for (const account of demoAccounts) await seed(deps, account, { protected: true })
}

/** Creates the account `admin` with this password where it is missing: somebody has to create the others. */
export async function seedAdmin(deps: Deps, password: string) {
  const account = { username: 'admin', password, full_name: null, user_type: 'admin' } as const
  await seed(deps, account, { protected: false })
}
