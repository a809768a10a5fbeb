import { isDeepStrictEqual } from 'node:util'
import { type Caller, conflict, forbidden, notFound, ProblemError } from '@gatehouse/service-kit'
import type { NewOrder, OrderPatch } from './contract.ts'
import { versionsMatching } from './etag.ts'
import { asPlaced, changeable, type OrderStatus, statusesBefore } from './order.ts'
import type { StoredOrder } from './row.ts'
import type { OrderStore, Target } from './store.ts'

interface Deps {
  store: OrderStore
}

interface Wanted {
  created_by: string | undefined
  status: OrderStatus | undefined
  before: string | undefined
  limit: number
}

interface Placement {
  order: StoredOrder
  /** An earlier request with the same key placed it. */
  replayed: boolean
}

export type OrdersService = ReturnType<typeof createOrdersService>

const isAdmin = ({ type }: Caller) => type === 'admin'

/** Whose orders a caller lists: null stands for everybody's. Throws 403 where they are not the caller's. */
function listedOwner(caller: Caller, created_by = caller.id): string | null {
  if (created_by !== caller.id && !isAdmin(caller))
    throw forbidden('not-allowed', 'Only an admin may list the orders of others.')
  return created_by === 'all' ? null : created_by
}

function replay(earlier: { order: StoredOrder; request: NewOrder }, request: NewOrder): Placement {
  if (!isDeepStrictEqual(earlier.request, request)) {
    const detail = 'This idempotency-key was used with another body.'
    throw new ProblemError(422, 'idempotency-key-reused', detail)
  }
  return { order: asPlaced(earlier.order, earlier.request), replayed: true }
}

/** The rules: who sees and changes which order, and when. */
export function createOrdersService({ store }: Deps) {
  async function existing(target: Target): Promise<StoredOrder> {
    const order = await store.find(target)
    if (order === null) throw notFound('order-not-found', 'There is no such order.')
    return order
  }

  async function move(target: Target, status: OrderStatus, refusal: ProblemError) {
    const expected = { from: statusesBefore(status), versions: null }
    const order = await store.update(target, expected, { status })
    if (order) return order
    await existing(target)
    throw refusal
  }

  return {
    /** Places an order; with a `key`, once: the same request under the same key gives the same order. */
    async place(owner: string, request: NewOrder, key: string | undefined): Promise<Placement> {
      const before = key === undefined ? null : await store.findByKey({ owner, key })
      if (before) return replay(before, request)
      const order = await store.insert(request, { owner, key })
      if (order) return { order, replayed: false }
      // Another request with this key came first, and the database made us wait until it was done.
      const first = key === undefined ? null : await store.findByKey({ owner, key })
      if (first) return replay(first, request)
      throw conflict('idempotency-key-in-progress', 'This idempotency-key is in use; try again.')
    },

    async list(caller: Caller, { created_by, ...page }: Wanted): Promise<StoredOrder[]> {
      return store.list({ owner: listedOwner(caller, created_by), ...page })
    },

    async get(caller: Caller, id: string): Promise<StoredOrder> {
      return existing({ id, owner: isAdmin(caller) ? null : caller.id })
    },

    /** Changes an order that has not been changed since `ifMatch`, where that is given. */
    async change(target: Target, patch: OrderPatch, ifMatch: string | undefined) {
      const versions = versionsMatching(ifMatch)
      const order = await store.update(target, { from: changeable, versions }, patch)
      if (order) return order
      const { status } = await existing(target)
      if (versions === null || !changeable.includes(status))
        throw conflict('order-not-changeable', `The order is ${status}; it cannot be changed.`)
      throw new ProblemError(412, 'stale-etag', 'The order has changed since; read it again.')
    },

    async cancel(target: Target): Promise<StoredOrder> {
      const detail = 'Only a placed order can be cancelled.'
      return move(target, 'cancelled', conflict('order-not-cancellable', detail))
    },

    async ship(id: string): Promise<StoredOrder> {
      const detail = 'Only a placed order can be shipped.'
      return move({ id, owner: null }, 'shipped', conflict('order-not-shippable', detail))
    }
  }
}
