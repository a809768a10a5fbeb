import type { PrismaClient } from '#db'
import type { OwnSession } from './contract.ts'

interface Page {
  /** The id of the last session that has been seen. */
  after: string | undefined
  limit: number
}

export type AccountStore = ReturnType<typeof createAccountStore>

const select = { id: true, created_at: true, used_at: true, address: true, agent: true } as const

/** The only file of this feature that sees Prisma. */
export function createAccountStore(prisma: PrismaClient) {
  return {
    /** The sessions of a user that go on, the latest first, and one more than `limit` where there is another page. */
    async listSessions(
      user_id: string,
      { after, limit }: Page
    ): Promise<Omit<OwnSession, 'current'>[]> {
      const going = { user_id, ended_at: null, expires_at: { gt: new Date() } }
      const where = { ...going, ...(after !== undefined && { id: { lt: after } }) }
      const page = { orderBy: { id: 'desc' }, take: limit + 1 } as const
      const rows = await prisma.session.findMany({ where, ...page, select })
      return rows.map(({ created_at, used_at, ...row }) => ({
        ...row,
        created_at: created_at.toISOString(),
        used_at: used_at.toISOString()
      }))
    }
  }
}
