import { inBatches, type Query } from '@gatehouse/database'
import type { PrismaClient } from '#db'
import type { NewOrder } from '../orders/contract.ts'
import { columns, type StoredOrder } from '../orders/row.ts'

export type IdempotencyStore = ReturnType<typeof createIdempotencyStore>

const byKey = `
  select request, o.* from idempotency_keys k
  cross join lateral (select ${columns} from orders where id = k.order_id) o
  where k.created_by = $1 and k.key = $2`

/** The idempotency keys, which the store of orders writes with the orders that they were used for. */
export function createIdempotencyStore(prisma: PrismaClient, query: Query) {
  return {
    /** The order that was placed under a user's key, and what was asked for; null where there is none. */
    async find(owner: string, key: string) {
      const [found] = await query<StoredOrder & { request: NewOrder }>(byKey, [owner, key])
      if (found === undefined) return null
      const { request, ...order } = found
      return { order, request }
    },

    /** Forgets the keys that were first used before `time`, and gives their number. */
    async forget(time: Date): Promise<number> {
      return inBatches(
        async (batch) => prisma.$executeRaw`
          delete from idempotency_keys where (created_by, key) in (
            select created_by, key from idempotency_keys where created_at < ${time} limit ${batch})`
      )
    }
  }
}
