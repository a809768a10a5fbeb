import type { Order } from './contract.ts'

/** An order with what its etag is made of. */
export type StoredOrder = Order & { version: number }

type Row = Omit<StoredOrder, 'created_at' | 'updated_at'> & { created_at: Date; updated_at: Date }

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

export function fromRow(row: Row): StoredOrder {
  const created_at = row.created_at.toISOString()
  return { ...row, created_at, updated_at: row.updated_at.toISOString() }
}
