import type { Prisma, PrismaClient } from '#db'
import type { Announce } from '../outbox/store.ts'
import { removeUser } from '../users/store.ts'

/** Any number that nothing else locks: of replicas that start together, one makes the first admin. */
const firstAdminLock = 4_715_003

export type SeedStore = ReturnType<typeof createSeedStore>

async function countAdmins(db: Prisma.TransactionClient) {
  return db.user.count({ where: { user_type: 'admin' } })
}

interface Admin {
  username: string
  password_hash: string
}

/** The only file of this feature that sees Prisma. */
export function createSeedStore(prisma: PrismaClient, announce: Announce) {
  return {
    async hasAdmin(): Promise<boolean> {
      return (await countAdmins(prisma)) > 0
    },

    /** Makes an admin where there is none; `taken` where its name is somebody's who is no admin. */
    async insertFirstAdmin({ username, password_hash }: Admin): Promise<'made' | 'taken' | null> {
      return prisma.$transaction(async (tx) => {
        await tx.$executeRaw`select pg_advisory_xact_lock(${firstAdminLock}::bigint)`
        if ((await countAdmins(tx)) > 0) return null
        const username_key = username.toLowerCase()
        if ((await tx.user.count({ where: { username_key } })) > 0) return 'taken'
        const data = { username, username_key, password_hash, user_type: 'admin' }
        await tx.user.create({ data, select: null })
        return 'made'
      })
    },

    /** Deletes the demo accounts, ends their sessions, and gives their names. */
    async removeDemo(): Promise<string[]> {
      return prisma.$transaction(async (tx) => {
        const found = await tx.$queryRaw<{ id: string; username: string; user_type: string }[]>`
          select id, username, user_type from users where protected order by id for update`
        for (const { id: user_id, user_type: type } of found) {
          await removeUser(tx, user_id)
          const author = { id: user_id, type, request_id: 'start-without-demo' }
          await announce(tx, { type: 'user.deleted', user_id, author, data: {} })
        }
        return found.map(({ username }) => username)
      })
    }
  }
}
