import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { call } from './client.ts'

export interface Account {
  id: string
  username: string
  password: string
  /** An access token, and the refresh token it came with. */
  token: string
  refreshToken: string
}

export type Type = 'admin' | 'default'

/** A word that nobody has used, so that tests never meet each other's data. */
export function unique(word: string): string {
  return `${word}-${randomBytes(6).toString('hex')}`
}

/** Logs in, with a session of its own. */
export async function logIn(username: string, password: string) {
  const { status, body } = await call('POST', '/api/login', { body: { username, password } })
  assert.equal(status, 200, `login of ${username}`)
  return { token: String(body.access_token), refreshToken: String(body.refresh_token) }
}

/** The demo admin's token; logged in once in each test file, for there may be 60 logins a minute. */
export const demoAdmin = await logIn('admin', 'a')

/** Registers an account with a name and password of its own. */
export async function register(user_type: Type = 'default') {
  const credentials = { username: unique('e2e'), password: unique('pass') }
  const body = { ...credentials, user_type }
  const { status, body: user } = await call('POST', '/api/users', { body, token: demoAdmin.token })
  assert.equal(status, 201)
  return { id: String(user.id), ...credentials }
}

/** Registers an account, and logs it in. */
export async function newAccount(user_type: Type = 'default'): Promise<Account> {
  const account = await register(user_type)
  return { ...account, ...(await logIn(account.username, account.password)) }
}

/** Places an order for the account, and gives its id. */
export async function newOrder({ token }: { token: string }): Promise<string> {
  const body = { item: 'Brass door handle', address: '12 Gate Lane' }
  const { status, body: order } = await call('POST', '/api/orders', { token, body })
  assert.equal(status, 201)
  return String(order.id)
}
