import { planningOf, type Query } from '@gatehouse/database'
import type { OrderChange } from './contract.ts'
import { type ChangeRow, columns, fromChangeRow } from './row.ts'

export interface HistoryPage {
  /** The id of the last change that has been seen. */
  before: string | undefined
  limit: number
}

export type HistoryStore = ReturnType<typeof createHistoryStore>

const changes = `select ${columns} from order_changes where order_id = $1`
const nextPage = `
  ${changes} and version < (select version from order_changes where order_id = $1 and id = $2)`

/** Reads what the store of orders has written, in the transactions of the changes. */
export function createHistoryStore(query: Query) {
  return {
    /** The changes of an order, newest first, and one more than `limit` where there is another page. */
    async list(order_id: string, { before, limit }: HistoryPage): Promise<OrderChange[]> {
      const [text, values] =
        before === undefined ? [changes, [order_id]] : [nextPage, [order_id, before]]
      const page = `${text} order by version desc limit ${limit + 1}`
      const rows = await query<ChangeRow>(page, values, planningOf(limit))
      return rows.map(fromChangeRow)
    }
  }
}
