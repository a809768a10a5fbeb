import { inBatches } from '@gatehouse/database'
import type { PrismaClient } from '#db'
import type { NewOrder } from '../orders/contract.ts'
import { fromRow, select } from '../orders/row.ts'

export type IdempotencyStore = ReturnType<typeof createIdempotencyStore>

/** The idempotency keys, which the store of orders writes with the orders that they were used for. */
export function createIdempotencyStore(prisma: PrismaClient) {
  return {
    /** The order that was placed under a user's key, and what was asked for; null where there is none. */
    async find(owner: string, key: string) {
      const found = await prisma.idempotencyKey.findUnique({
        where: { created_by_key: { created_by: owner, key } },
        select: { request: true, order: { select } }
      })
      return found && { order: fromRow(found.order), request: found.request as NewOrder }
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
