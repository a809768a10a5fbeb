import { Prisma, type PrismaClient } from '#db'
import { type EndedRow, type Position, pageSize } from './ended.ts'

type Hash = Uint8Array<ArrayBuffer>

interface NewSession {
  user_id: string
  /** The hash that the password was checked against. */
  password_hash: string
  token_hash: Hash
  expires_at: Date
}

interface Rotation {
  used: Hash
  next: Hash
  expires_at: Date
  now: () => Date
}

interface Row {
  id: string
  user_id: string
  user_type: string
}

export type SessionStore = ReturnType<typeof createSessionStore>

const noteEnd = Prisma.sql`
  update sessions
  set ended_at = clock_timestamp(), ended_in = pg_current_xact_id()::text::bigint
  where ended_at is null`

/** Ends all sessions of a user within a transaction, after the change to the user that is the reason. */
export async function endSessionsOf(tx: Prisma.TransactionClient, user_id: string) {
  await tx.$executeRaw`${noteEnd} and user_id = ${user_id}::uuid`
}

async function insert(tx: Prisma.TransactionClient, { user_id, ...session }: NewSession) {
  const { password_hash, token_hash, expires_at } = session
  // The share lock makes a change of the user wait, so that it finds this session and ends it.
  const [user] = await tx.$queryRaw<{ user_type: string }[]>`
    select user_type from users
    where id = ${user_id}::uuid and password_hash = ${password_hash} for share`
  if (!user) return null
  const data = { user_id, expires_at, refresh_tokens: { create: { token_hash, expires_at } } }
  const { id } = await tx.session.create({ data, select: { id: true } })
  return { id, user_id, user_type: user.user_type }
}

async function rotate(tx: Prisma.TransactionClient, { used, next, expires_at, now }: Rotation) {
  // Of two at once, the second waits for the first and then finds the token used.
  const { count } = await tx.refreshToken.updateMany({
    where: { token_hash: used, used_at: null, expires_at: { gt: now() } },
    data: { used_at: now() }
  })
  if (count === 0) return null
  const [session] = await tx.$queryRaw<Row[]>`
    select s.id, s.user_id, u.user_type
    from refresh_tokens t
    join sessions s on s.id = t.session_id and s.ended_at is null
    join users u on u.id = s.user_id
    where t.token_hash = ${used} for share of u`
  if (!session) return null
  const refresh_tokens = { create: { token_hash: next, expires_at } }
  await tx.session.update({ where: { id: session.id }, data: { expires_at, refresh_tokens } })
  // The time at which this is done, so that who came while it was being done is told from who comes after.
  await tx.refreshToken.update({ where: { token_hash: used }, data: { used_at: now() } })
  return session
}

/** The only file of this feature that sees Prisma. */
export function createSessionStore(prisma: PrismaClient) {
  return {
    /** null where the user is gone or has another password by now. */
    async insert(session: NewSession): Promise<Row | null> {
      return prisma.$transaction(async (tx) => insert(tx, session))
    },

    /** Uses a token and stores its successor; null where the token is not good for that. */
    async rotate(rotation: Rotation): Promise<Row | null> {
      return prisma.$transaction(async (tx) => rotate(tx, rotation))
    },

    /** When a token was used, and of which session it is; null where it never was. */
    async findSpent(token_hash: Hash) {
      const select = { used_at: true, session: { select: { id: true, user_id: true } } } as const
      const found = await prisma.refreshToken.findUnique({ where: { token_hash }, select })
      if (!found?.used_at) return null
      const { id: session_id, user_id } = found.session
      return { session_id, user_id, used_at: found.used_at }
    },

    async end(id: string): Promise<void> {
      await prisma.$executeRaw`${noteEnd} and id = ${id}::uuid`
    },

    /** Ends a user's own session, or leaves it as it ended; false where it is not the user's. */
    async endOwn({ id, user_id }: { id: string; user_id: string }): Promise<boolean> {
      const own = Prisma.sql`id = ${id}::uuid and user_id = ${user_id}::uuid`
      if ((await prisma.$executeRaw`${noteEnd} and ${own}`) > 0) return true
      return (await prisma.session.count({ where: { id, user_id } })) > 0
    },

    /** Reads one page by one index. */
    async listEnded({ transaction, session, time }: Position): Promise<EndedRow[]> {
      return prisma.$queryRaw<EndedRow[]>`
        select id, ended_at, ended_in,
          pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon
        from sessions
        where (ended_in, id) > (${transaction}, ${session}::uuid) and ended_at >= ${time}
        order by ended_in, id limit ${pageSize}`
    },

    /** Forgets what ended, or expired, before `time`, and gives the number of sessions. */
    async forget(time: Date): Promise<number> {
      await prisma.refreshToken.deleteMany({ where: { expires_at: { lt: time } } })
      const old = { OR: [{ ended_at: { lt: time } }, { expires_at: { lt: time } }] }
      return (await prisma.session.deleteMany({ where: old })).count
    }
  }
}
