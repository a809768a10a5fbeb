import type { Author } from '@gatehouse/service-kit'
import { type Action, changesBetween, type FieldChange } from '../orders/order.ts'
import type { OrderChange } from './contract.ts'

/** The row of an order's history for the step from one version to the next. */
export function changeRow(
  action: Action,
  { id: changed_by, request_id }: Author,
  before: Parameters<typeof changesBetween>[0],
  after: Parameters<typeof changesBetween>[1] & { version: number }
) {
  const changes = changesBetween(before, after).map((change) => ({ ...change }))
  return { version: after.version, action, changed_by, request_id, changes }
}

/** The columns that make an OrderChange. */
export const selectChange = {
  id: true,
  version: true,
  action: true,
  changed_by: true,
  request_id: true,
  reason: true,
  changes: true,
  created_at: true
} as const

type ChangeRow = Omit<OrderChange, 'created_at' | 'reason' | 'changes'> & {
  reason: string | null
  changes: unknown
  created_at: Date
}

export function fromChangeRow({ reason, changes, created_at, ...row }: ChangeRow): OrderChange {
  return {
    ...row,
    changes: changes as FieldChange[],
    created_at: created_at.toISOString(),
    ...(reason !== null && { reason: reason as 'user-deleted' })
  }
}
