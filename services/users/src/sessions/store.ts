import { inBatches } from '@gatehouse/database'
import { Prisma, type PrismaClient } from '#db'
import { refuseActor } from '../actors/store.ts'
import type { Client } from './client.ts'
import { type EndedPage, type EndedRow, type Position, pageSize } from './revocation-feed.ts'

export type Hash = Uint8Array<ArrayBuffer>

interface NewSession {
  user_id: string
  /** The hash that the password was checked against. */
  password_hash: string
  token_hash: Hash
  expires_at: Date
  client: Client
}

/** A session that goes on. */
export interface Row {
  id: string
  user_id: string
  user_type: string
}

export type SessionStore = ReturnType<typeof createSessionStore>

const noteEnd = Prisma.sql`
  update sessions
  set ended_at = clock_timestamp(), ended_in = pg_current_xact_id()::text::bigint
  where ended_at is null`

/**
 * Ends the sessions of a user within a transaction, after the change to the user that is the reason; all of them, or
 * all but one.
 */
export async function endSessionsOf(
  tx: Prisma.TransactionClient,
  user_id: string,
  but: string | null = null
) {
  await tx.$executeRaw`
    ${noteEnd} and user_id = ${user_id}::uuid and id is distinct from ${but}::uuid`
}

async function insert(tx: Prisma.TransactionClient, { user_id, ...session }: NewSession) {
  const { password_hash, token_hash, expires_at, client } = session
  // The share lock makes a change of the user wait, so that it finds this session and ends it.
  const [user] = await tx.$queryRaw<{ user_type: string }[]>`
    select user_type from users
    where id = ${user_id}::uuid and password_hash = ${password_hash} and disabled_at is null
    for share`
  if (!user) return null
  const refresh_tokens = { create: { token_hash, expires_at } }
  const data = { user_id, ...client, expires_at, refresh_tokens }
  const { id } = await tx.session.create({ data, select: { id: true } })
  return { id, user_id, user_type: user.user_type }
}

/** The only file of this feature that sees Prisma. */
export function createSessionStore(prisma: PrismaClient) {
  return {
    /** null where the user is gone or has another password by now. */
    async insert(session: NewSession): Promise<Row | null> {
      return prisma.$transaction(async (tx) => insert(tx, session))
    },

    async end(id: string): Promise<void> {
      await prisma.$executeRaw`${noteEnd} and id = ${id}::uuid`
    },

    /** Ends a user's own session, or leaves it as it ended; `missing` where it is not the user's. */
    async endOwn({ id, user_id }: { id: string; user_id: string }) {
      return prisma.$transaction(async (tx) => {
        const refusal = await refuseActor(tx, { id: user_id })
        if (refusal !== null) return refusal
        const own = Prisma.sql`id = ${id}::uuid and user_id = ${user_id}::uuid`
        if ((await tx.$executeRaw`${noteEnd} and ${own}`) > 0) return 'ended'
        return (await tx.session.count({ where: { id, user_id } })) > 0 ? 'ended' : 'missing'
      })
    },

    /** Reads one page by one index, and how far back a transaction is running. */
    async listEnded({ transaction, session, time }: Position): Promise<EndedPage> {
      const rows = await prisma.$queryRaw<(EndedRow & { horizon: bigint })[]>`
        select s.id, s.ended_at, s.ended_in, h.horizon
        from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon) h
        left join lateral (
          select id, ended_at, ended_in from sessions
          where (ended_in, id) > (${transaction}, ${session}::uuid) and ended_at >= ${time}
          order by ended_in, id limit ${pageSize}
        ) s on true order by s.ended_in, s.id`
      return { rows: rows.filter(({ id }) => id !== null), horizon: rows[0]?.horizon ?? 0n }
    },

    /** Forgets what ended, or expired, before `time`, and gives the number of sessions. */
    async forget(time: Date): Promise<number> {
      await inBatches(
        async (batch) => prisma.$executeRaw`
          delete from refresh_tokens where token_hash in (
            select token_hash from refresh_tokens where expires_at < ${time} limit ${batch})`
      )
      const old = Prisma.sql`(s.ended_at < ${time} or s.expires_at < ${time})`
      // Before its session, for one that was refreshed for weeks has thousands.
      await inBatches(
        async (batch) => prisma.$executeRaw`
          delete from refresh_tokens where token_hash in (
            select t.token_hash from sessions s join refresh_tokens t on t.session_id = s.id
            where ${old} limit ${batch})`
      )
      return inBatches(
        async (batch) => prisma.$executeRaw`
          delete from sessions where id in (select s.id from sessions s where ${old} limit ${batch})`
      )
    }
  }
}
