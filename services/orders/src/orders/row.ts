import type { Order } from './contract.ts'

/** An order with what its etag is made of. */
export type StoredOrder = Order & { version: number }

/** The same as Prisma reads it. */
export type Row = Omit<StoredOrder, 'created_at' | 'updated_at'> & {
  created_at: Date
  updated_at: Date
}

/** The columns that make a StoredOrder. */
export const select = {
  id: true,
  item: true,
  address: true,
  quantity: true,
  status: true,
  version: true,
  created_by: true,
  created_at: true,
  updated_at: true
} as const

/** The same without Prisma, whose times come as text. */
export const columns = Object.keys(select).join().replace('status', 'status::text')

export function fromRow(row: Row): StoredOrder {
  const created_at = row.created_at.toISOString()
  return { ...row, created_at, updated_at: row.updated_at.toISOString() }
}

/** A row as PostgreSQL writes it into JSON: the times are text in its own format. */
export type EventRow = StoredOrder

/** The order of an event; its version is no business of those who hear of it. */
export function fromEvent({ version: _, created_at, updated_at, ...row }: EventRow): Order {
  const iso = (time: string) => new Date(time).toISOString()
  return { ...row, created_at: iso(created_at), updated_at: iso(updated_at) }
}
