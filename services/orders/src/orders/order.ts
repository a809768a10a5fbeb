export const statuses = ['placed', 'shipped', 'cancelled'] as const
export type OrderStatus = (typeof statuses)[number]

/** What can be done to an order, in the words of its history. */
export const actions = ['placed', 'changed', 'cancelled', 'shipped'] as const
export type Action = (typeof actions)[number]

/** Where an order may go from each status. */
const nextStatuses: Record<OrderStatus, readonly OrderStatus[]> = {
  placed: ['shipped', 'cancelled'],
  shipped: [],
  cancelled: []
}

/** The statuses in which an order's item, address and quantity may still change. */
export const changeable: readonly OrderStatus[] = ['placed']

/** The statuses from which an order may become `status`. */
export function statusesBefore(status: OrderStatus): readonly OrderStatus[] {
  return statuses.filter((from) => nextStatuses[from].includes(status))
}

/** What of an order a change is told by. */
const told = ['item', 'address', 'quantity', 'status'] as const

export type Field = (typeof told)[number]

export interface FieldChange {
  field: Field
  from: string | number | null
  to: string | number
}

type Told = Record<Exclude<Field, 'quantity'>, string> & { quantity: number }

/** What has changed between two versions of an order; `before` null stands for none, as when it was placed. */
export function changesBetween(before: Told | null, after: Told): FieldChange[] {
  return told
    .filter((field) => before?.[field] !== after[field])
    .map((field) => ({ field, from: before?.[field] ?? null, to: after[field] }))
}

interface Placed {
  status: OrderStatus
  version: number
  created_at: string
  updated_at: string
}

/** `order` as it was answered when it was placed, given what was asked for then. */
export function asPlaced<O extends Placed, R extends object>(order: O, request: R): O & R {
  return { ...order, ...request, status: 'placed', version: 1, updated_at: order.created_at }
}
