import type { Prisma, PrismaClient } from '#db'
import type { Client } from '../sessions/client.ts'
import type { Hash, Row } from '../sessions/store.ts'

interface Rotation {
  used: Hash
  next: Hash
  /** What `next` was made with, of the token that is used. */
  salt: Hash
  expires_at: Date
  client: Client
}

/** For how long a used token is answered as before (guarantee B28). */
const leewaySeconds = 5

/** A used refresh token that came again. */
export interface Spent {
  session_id: string
  user_id: string
  /** Of the last refresh of its session. */
  salt: Hash | null
  /** It was used so short a time ago that its successor is given again. */
  recent: boolean
  /** It was used while this request was under way already: one client asked twice at once. */
  raced: boolean
}

export type RefreshStore = ReturnType<typeof createRefreshStore>

async function rotate(tx: Prisma.TransactionClient, rotation: Rotation) {
  const { used, next, salt, expires_at, client } = rotation
  // Of two at once, the second waits for the first and then finds the token used.
  const count = await tx.$executeRaw`
    update refresh_tokens set used_at = clock_timestamp()
    where token_hash = ${used} and used_at is null and expires_at > clock_timestamp()`
  if (count === 0) return null
  const [session] = await tx.$queryRaw<Row[]>`
    select s.id, s.user_id, u.user_type
    from refresh_tokens t
    join sessions s on s.id = t.session_id and s.ended_at is null
    join users u on u.id = s.user_id and u.disabled_at is null
    where t.token_hash = ${used} for share of u`
  if (!session) return null
  const refresh_tokens = { create: { token_hash: next, expires_at } }
  const used_at = new Date()
  const data = { ...client, used_at, expires_at, refresh_salt: salt, refresh_tokens }
  await tx.session.update({ where: { id: session.id }, data })
  // The time at which this is done, so that who came while it was being done is told from who comes after.
  await tx.$executeRaw`
    update refresh_tokens set used_at = clock_timestamp() where token_hash = ${used}`
  return session
}

/** The only file of this feature that sees Prisma. */
export function createRefreshStore(prisma: PrismaClient) {
  return {
    /** Uses a token and stores its successor; null where the token is not good for that. */
    async rotate(rotation: Rotation): Promise<Row | null> {
      return prisma.$transaction(async (tx) => rotate(tx, rotation))
    },

    /**
     * What is known of a token that was used; null where it never was. `elapsedMs` is how long this request has been
     * under way: told by the database's clock, it is the same on every replica.
     */
    async findSpent(token_hash: Hash, elapsedMs: number): Promise<Spent | null> {
      const [found] = await prisma.$queryRaw<Spent[]>`
        select s.id as session_id, s.user_id, s.refresh_salt as salt,
          t.used_at > statement_timestamp() - make_interval(secs => ${elapsedMs / 1000}::float8) as raced,
          t.used_at > statement_timestamp() - make_interval(secs => ${leewaySeconds}) as recent
        from refresh_tokens t join sessions s on s.id = t.session_id
        where t.token_hash = ${token_hash} and t.used_at is not null`
      return found ?? null
    },

    /** The session whose next refresh this token is good for; null where there is none. */
    async findUnused(token_hash: Hash): Promise<Row | null> {
      const [session] = await prisma.$queryRaw<Row[]>`
        select s.id, s.user_id, u.user_type
        from refresh_tokens t
        join sessions s on s.id = t.session_id and s.ended_at is null
        join users u on u.id = s.user_id and u.disabled_at is null
        where t.token_hash = ${token_hash} and t.used_at is null
          and t.expires_at > clock_timestamp()`
      return session ?? null
    }
  }
}
