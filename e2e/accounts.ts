import { randomBytes } from 'node:crypto'
import { type Api, apiOf, bodyOf, type Schemas } from './client/api.ts'

export interface Account {
  id: string
  username: string
  password: string
  /** An access token, and the refresh token it came with. */
  token: string
  refreshToken: string
  /** The API, called with the token. */
  api: Api
}

export type Type = Schemas['User']['user_type']

/** A word that nobody has used, so that tests never meet each other's data. */
export function unique(word: string): string {
  return `${word}-${randomBytes(6).toString('hex')}`
}

/** Logs in, with a session of its own. */
export async function logIn(username: string, password: string) {
  const answer = await apiOf().POST('/api/login', { body: { username, password } })
  const { access_token: token, refresh_token: refreshToken } = bodyOf(answer)
  return { token, refreshToken, api: apiOf(token) }
}

/** The session that an access token belongs to. */
export function sessionOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid
}

/** The demo admin's token; logged in once in each test file, for there may be 60 logins a minute. */
export const demoAdmin = await logIn('admin', 'a')

/** Registers an account with a name and password of its own. */
export async function register(user_type: Type = 'default') {
  const credentials = { username: unique('e2e'), password: unique('pass') }
  const body = { ...credentials, user_type }
  const { id } = bodyOf(await demoAdmin.api.POST('/api/users', { body }), 201)
  return { id, ...credentials }
}

/** Registers an account, and logs it in. */
export async function newAccount(user_type: Type = 'default'): Promise<Account> {
  const account = await register(user_type)
  return { ...account, ...(await logIn(account.username, account.password)) }
}

/** Places an order for the account, and gives its id. */
export async function newOrder({ token }: { token: string }): Promise<string> {
  const body = { item: 'Brass door handle', address: '12 Gate Lane' }
  const { id } = bodyOf(await apiOf(token).POST('/api/orders', { body }), 201)
  return id
}
