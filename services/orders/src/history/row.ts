import type { Author } from '@gatehouse/service-kit'
import { type Action, changesBetween } from '../orders/order.ts'
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
export const columns =
  'id, version, action::text, changed_by, request_id, reason, changes, created_at'

export type ChangeRow = Omit<OrderChange, 'reason'> & { reason: OrderChange['reason'] | null }

export function fromChangeRow({ reason, ...row }: ChangeRow): OrderChange {
  return reason === null || reason === undefined ? row : { ...row, reason }
}
