import { inBatches } from '@gatehouse/database'
import type { PrismaClient } from '#db'
import { type EventRow, fromEvent } from '../orders/row.ts'

export type OrderStreamStore = ReturnType<typeof createOrderStreamStore>

/** The live events, which a trigger writes; the only file of this feature that sees Prisma. */
export function createOrderStreamStore(prisma: PrismaClient) {
  return {
    /** The number of the last event of a user's orders; 0 where there was none. */
    async lastEvent(owner: string): Promise<number> {
      const feed = await prisma.orderFeed.findUnique({ where: { created_by: owner } })
      return feed?.last_event ?? 0
    },

    /** The events of a user's orders that follow number `after`, in order; at most `limit`. */
    async eventsAfter({ owner, after, limit }: { owner: string; after: number; limit: number }) {
      const rows = await prisma.orderEvent.findMany({
        where: { created_by: owner, number: { gt: after } },
        orderBy: { number: 'asc' },
        take: limit
      })
      return rows.map(({ number, order }) => ({ number, order: fromEvent(order as EventRow) }))
    },

    /** Forgets the live events from before `time`, and gives their number. */
    async forgetEvents(time: Date): Promise<number> {
      return inBatches(
        async (batch) => prisma.$executeRaw`
          delete from order_events where (created_by, number) in (
            select created_by, number from order_events where created_at < ${time} limit ${batch})`
      )
    }
  }
}
