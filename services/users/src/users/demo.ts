import type { Passwords } from '../passwords/passwords.ts'
import type { PasswordStore } from '../passwords/store.ts'
import type { UserStore } from './store.ts'

const accounts = [
  { username: 'admin', password: 'a', full_name: 'Demo admin', user_type: 'admin' },
  { username: 'user', password: 'u', full_name: 'Demo user', user_type: 'default' }
] as const

interface Deps {
  users: Pick<UserStore, 'insert'>
  credentials: Pick<PasswordStore, 'findWithHash'>
  passwords: Pick<Passwords, 'hash'>
}

/** Creates the demo accounts where they are missing; of replicas that start together, one does. */
export async function seedDemo({ users, credentials, passwords }: Deps) {
  for (const { password, ...account } of accounts) {
    if (await credentials.findWithHash({ username_key: account.username })) continue
    const password_hash = await passwords.hash(password)
    await users.insert({ ...account, password_hash, created_by: null, protected: true })
  }
}
