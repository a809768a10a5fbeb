export const statuses = ['placed', 'shipped', 'cancelled'] as const
export type OrderStatus = (typeof statuses)[number]

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
