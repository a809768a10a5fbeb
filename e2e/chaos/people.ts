import { randomBytes } from 'node:crypto'
import type { Client } from './client.ts'

export interface Person {
  id: string
  token: string
}

async function logIn({ call }: Client, username: string, password: string): Promise<string> {
  const { status, body } = await call('POST', '/api/login', { body: { username, password } })
  if (status !== 200) throw new Error(`${username} cannot log in: ${status}.`)
  return String(body.access_token)
}

/** Makes so many accounts, and logs each of them in. */
export async function makePeople(client: Client, count: number) {
  const admin = await logIn(client, 'admin', 'a')
  const people: Person[] = []
  for (let index = 0; index < count; index += 1) {
    const username = `chaos-${randomBytes(6).toString('hex')}`
    const account = { username, password: randomBytes(12).toString('hex') }
    const { status, body } = await client.call('POST', '/api/users', {
      token: admin,
      body: account
    })
    if (status !== 201) throw new Error(`${username} was not created: ${status}.`)
    people.push({ id: String(body.id), token: await logIn(client, username, account.password) })
  }
  return { admin, people }
}
