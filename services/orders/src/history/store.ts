import type { PrismaClient } from '#db'
import type { OrderChange } from './contract.ts'
import { fromChangeRow, selectChange } from './row.ts'

export interface HistoryPage {
  /** The id of the last change that has been seen. */
  before: string | undefined
  limit: number
}

export type HistoryStore = ReturnType<typeof createHistoryStore>

/** Reads what the store of orders has written, in the transactions of the changes. */
export function createHistoryStore(prisma: PrismaClient) {
  return {
    /** The changes of an order, newest first, and one more than `limit` where there is another page. */
    async list(order_id: string, { before, limit }: HistoryPage): Promise<OrderChange[]> {
      const rows = await prisma.orderChange.findMany({
        where: { order_id },
        orderBy: { version: 'desc' },
        take: limit + 1,
        ...(before && { cursor: { id: before }, skip: 1 }),
        select: selectChange
      })
      return rows.map(fromChangeRow)
    }
  }
}
