import { inBatches, type Query } from '@gatehouse/database'
import type { PrismaClient } from '#db'
import { type EventRow, fromEvent } from '../orders/row.ts'

export type OrderStreamStore = ReturnType<typeof createOrderStreamStore>

const following = `
  select number, "order" from order_events where created_by = $1 and number > $2
  order by number limit `

/** The live events, which a trigger writes; the only file of this feature that sees Prisma. */
export function createOrderStreamStore(prisma: PrismaClient, query: Query) {
  return {
    /** The number of the last event of a user's orders; 0 where there was none. */
    async lastEvent(owner: string): Promise<number> {
      const text = 'select last_event from order_feeds where created_by = $1'
      const [feed] = await query<{ last_event: number }>(text, [owner])
      return feed?.last_event ?? 0
    },

    /** The events of a user's orders that follow number `after`, in order; at most `limit`. */
    async eventsAfter({ owner, after, limit }: { owner: string; after: number; limit: number }) {
      const rows = await query<{ number: number; order: EventRow }>(`${following}${limit}`, [
        owner,
        after
      ])
      return rows.map(({ number, order }) => ({ number, order: fromEvent(order) }))
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
