import { planningOf, type Query } from '@gatehouse/database'
import type { Author } from '@gatehouse/service-kit'
import type { Prisma, PrismaClient } from '#db'
import { refuseActor, refuseChange } from '../actors/store.ts'
import { changeOf } from '../outbox/event.ts'
import type { Announce } from '../outbox/store.ts'
import { endSessionsOf } from '../sessions/store.ts'
import type { User, UserPatch, UserType } from './contract.ts'
import {
  columns,
  emailColumns,
  fromRow,
  fromText,
  searchParts,
  select,
  type TextRow,
  takenBy
} from './rows.ts'

interface Account {
  username: string
  email?: string | null
  full_name?: string | null
  user_type: UserType
  password_hash: string
  created_by: string | null
  protected?: boolean
}

type Changes = Omit<UserPatch, 'password'> & { password_hash?: string }

/** Who changes a user, and the user type that the route needs of whoever asks, where it needs one. */
interface By {
  author: Author
  needs?: UserType | undefined
}

interface Page {
  q: string | undefined
  /** The id of the last user that has been seen. */
  after: string | undefined
  limit: number
}

export type UserStore = ReturnType<typeof createUserStore>

/** Sorts before the id of every user. */
const noUser = '00000000-0000-0000-0000-000000000000'
const everybody = `select ${columns} from users where id > $1`
/** Users among whom a frequent text is looked for, in their order, before a rare one is looked up. */
const near = 10_000
const hasText = '(strpos(username_key, $2) > 0 or strpos(email_key, $2) > 0)'
const searchNear = `
  select ${columns} from (select * from users where id > $1 order by id limit ${near}) near
  where ${hasText} order by id`
// What has the parts need not have the text. Materialized, so that a wrong guess of how many there are cannot have
// PostgreSQL walk all users for the few that match.
const lookUp = `
  with found as materialized (
    select ${columns} from users where search_parts(username_key, email_key) @> $3 and ${hasText}
  ) select * from found where id > $1 order by id`

/** The column of `disabled`: an account stays disabled since when it was. */
function disabledColumn(disabled: boolean | undefined, since: Date | null | undefined) {
  if (disabled === undefined) return {}
  return { disabled_at: disabled ? (since ?? new Date()) : null }
}

async function change(
  tx: Prisma.TransactionClient,
  id: string,
  { email, disabled, ...changes }: Changes
) {
  const { password_hash } = changes
  const state = { user_type: true, disabled_at: true } as const
  const before = await tx.user.findUnique({ where: { id }, select: state })
  const disabling = disabledColumn(disabled, before?.disabled_at)
  const data = { ...changes, ...disabling, ...emailColumns(email) }
  const [row] = await tx.user.updateManyAndReturn({ where: { id }, data, select })
  if (!before || !row) return null
  const ends = password_hash !== undefined || disabled || row.user_type !== before.user_type
  if (ends) await endSessionsOf(tx, id)
  return fromRow(row)
}

/** Deletes a user and ends its sessions, within a transaction. */
export async function removeUser(tx: Prisma.TransactionClient, id: string) {
  const { count } = await tx.user.deleteMany({ where: { id } })
  if (count === 0) return null
  await endSessionsOf(tx, id)
  return 'removed'
}

/** The only file of this feature that sees Prisma. */
export function createUserStore(prisma: PrismaClient, query: Query, announce: Announce) {
  return {
    /** Creates a user, for an admin; where `created_by` is null, for nobody. */
    async insert({ email, ...account }: Account) {
      const { username, created_by } = account
      const data = { ...account, username_key: username.toLowerCase(), ...emailColumns(email) }
      const work = prisma.$transaction(async (tx) => {
        const refusal = created_by && (await refuseActor(tx, { id: created_by, needs: 'admin' }))
        return refusal || fromRow(await tx.user.create({ data, select }))
      })
      return work.catch(takenBy)
    },

    async find(id: string): Promise<User | null> {
      const [row] = await query<TextRow>(`select ${columns} from users where id = $1`, [id])
      return row ? fromText(row) : null
    },

    /** The user type of a protected account; null for any other. */
    async protectedType(id: string): Promise<string | null> {
      const where = { id, protected: true }
      const row = await prisma.user.findUnique({ where, select: { user_type: true } })
      return row === null ? null : row.user_type
    },

    /** Oldest first, and one more than `limit` where there is another page. */
    async list({ q, after, limit }: Page): Promise<User[]> {
      const end = `limit ${limit + 1}`
      const first = after ?? noUser
      if (q === undefined) {
        const found = query<TextRow>(`${everybody} order by id ${end}`, [first], planningOf(limit))
        return (await found).map(fromText)
      }
      const text = q.toLowerCase()
      const frequent = await query<TextRow>(`${searchNear} ${end}`, [first, text], 'each time')
      if (frequent.length > limit) return frequent.map(fromText)
      const rare = query<TextRow>(`${lookUp} ${end}`, [first, text, searchParts(text)], 'each time')
      return (await rare).map(fromText)
    },

    /** Changes a user; ends its sessions where its type or its password changes, or it is disabled. null: no such user. */
    async update(id: string, changes: Changes, { author, needs }: By) {
      const admins = changes.user_type === 'default' || changes.disabled === true
      const actor = { id: author.id, needs }
      const work = prisma.$transaction(async (tx) => {
        const { refusal, lastAdmin } = await refuseChange(tx, actor, { target: id, admins })
        if (refusal !== null) return refusal
        if (lastAdmin) return 'last-admin'
        const user = await change(tx, id, changes)
        if (user !== null) await announce(tx, changeOf(user, changes, author))
        return user
      })
      return work.catch(takenBy)
    },

    /** Deletes a user and ends its sessions, for an admin. null: no such user. */
    async remove(id: string, author: Author) {
      const actor = { id: author.id, needs: 'admin' } as const
      return prisma.$transaction(async (tx) => {
        const locked = { target: id, admins: true }
        const { refusal, lastAdmin } = await refuseChange(tx, actor, locked)
        if (refusal !== null) return refusal
        if (lastAdmin) return 'last-admin'
        const result = await removeUser(tx, id)
        const news = { type: 'user.deleted', user_id: id, author, data: {} } as const
        if (result === 'removed') await announce(tx, news)
        return result
      })
    }
  }
}
