import type { User, UserType } from './contract.ts'

/** What of a user leaves the store: never a hash. */
export const select = {
  id: true,
  username: true,
  email: true,
  full_name: true,
  user_type: true,
  created_by: true,
  created_at: true,
  updated_at: true,
  disabled_at: true
} as const

type Row = Omit<User, 'user_type' | 'created_at' | 'updated_at' | 'disabled_at'> & {
  user_type: string
  created_at: Date
  updated_at: Date
  disabled_at: Date | null
}

/** The same without Prisma: the columns, and a row of them with its times as text. */
export const columns = Object.keys(select).join()

export type TextRow = Omit<User, 'disabled_at'> & { disabled_at: string | null }

export function fromText({ disabled_at, ...row }: TextRow): User {
  return disabled_at === null ? row : { ...row, disabled_at }
}

export function fromRow({ disabled_at, ...row }: Row): User {
  const user_type = row.user_type as UserType
  const created_at = row.created_at.toISOString()
  const user = { ...row, user_type, created_at, updated_at: row.updated_at.toISOString() }
  return disabled_at === null ? user : { ...user, disabled_at: disabled_at.toISOString() }
}

/** Which unique value is taken already, where that is what Prisma's `error` says; throws it on where not. */
export function takenBy(error: unknown): 'username-taken' | 'email-taken' {
  const { code, meta } = error as { code?: unknown; meta?: unknown }
  if (code !== 'P2002') throw error
  return JSON.stringify(meta).includes('email_key') ? 'email-taken' : 'username-taken'
}

/** The columns of an e-mail: as it was written, and lower-cased, of which no two may be the same. */
export function emailColumns(email: string | null | undefined) {
  if (email === undefined) return {}
  return { email, email_key: email === null ? null : email.toLowerCase() }
}

/** The longest parts of a text that the index of a search has: see the migration. */
const partLength = 3

/** The parts of a lower-cased text that are looked up for a search: itself, or all of `partLength` characters. */
export function searchParts(text: string): string[] {
  const characters = [...text]
  const count = Math.max(1, characters.length - partLength + 1)
  const parts = Array.from({ length: count }, (_, at) =>
    characters.slice(at, at + partLength).join('')
  )
  return [...new Set(parts)]
}
