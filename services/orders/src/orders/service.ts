import { isDeepStrictEqual } from 'node:util'
import {
  type Author,
  type Caller,
  conflict,
  forbidden,
  hiddenFrom,
  notFound,
  ProblemError
} from '@gatehouse/service-kit'
import type { IdempotencyStore } from '../idempotency/store.ts'
import type { NewOrder, OrderPatch } from './contract.ts'
import { allows, type Conditions } from './etag.ts'
import { asPlaced, changeable, type OrderStatus, statusesBefore } from './order.ts'
import type { StoredOrder } from './row.ts'
import { createSequences } from './sequences.ts'
import type { OrderStore, Step, Target } from './store.ts'

interface Deps {
  store: OrderStore
  keys: Pick<IdempotencyStore, 'find'>
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

interface Keyed {
  key: string | undefined
  /** Refuse, where the key has placed an order already. */
  onlyNew: boolean
}

interface Asked {
  author: Author
  conditions: Conditions
}

export type OrdersService = ReturnType<typeof createOrdersService>

const isAdmin = ({ type }: Caller) => type === 'admin'

/** Whose orders a caller lists: null stands for everybody's. Throws 403 where they are not the caller's. */
function listedOwner(caller: Caller, created_by = caller.id): string | null {
  if (created_by !== caller.id && !isAdmin(caller))
    throw forbidden('not-allowed', 'Only an admin may list the orders of others.')
  return created_by === 'all' ? null : created_by
}

type Earlier = { order: StoredOrder; request: NewOrder }

function replay(earlier: Earlier, request: NewOrder, { onlyNew }: Keyed): Placement {
  if (!isDeepStrictEqual(earlier.request, request)) {
    const detail = 'This idempotency-key was used with another body.'
    throw new ProblemError(422, 'idempotency-key-reused', detail)
  }
  if (onlyNew)
    throw new ProblemError(412, 'order-exists', 'This idempotency-key has already placed an order.')
  return { order: asPlaced(earlier.order, earlier.request), replayed: true }
}

/** The rules: who sees and changes which order, and when. */
export function createOrdersService({ store, keys }: Deps) {
  /** Of what waits for the same key or order, by user: no user's requests hold up another's. */
  const sequences = createSequences()

  /** What is answered where a caller finds no order: the same whether there is none, or it is somebody else's. */
  async function absence({ id, owner }: Target): Promise<ProblemError> {
    const absent = notFound('order-not-found', 'There is no such order.')
    const hidden = owner !== null && (await store.find({ id, owner: null })) !== null
    return hidden ? hiddenFrom(absent) : absent
  }

  async function take(target: Target, step: Omit<Step, 'allows'>, asked: Asked, refusal: Refusal) {
    const full = { ...step, allows: (order: StoredOrder) => allows(asked.conditions, order) }
    const update = async () => store.update(target, full, asked.author)
    const { outcome, order } = await sequences.run(`${asked.author.id} ${target.id}`, update)
    if (order === null) throw await absence(target)
    if (outcome === 'changed') return order
    if (outcome === 'status') throw refusal(order)
    throw new ProblemError(412, 'stale-etag', 'The order has changed. Read it again.')
  }

  async function place(author: Author, request: NewOrder, keyed: Keyed): Promise<Placement> {
    const { key } = keyed
    const known = async () => (key === undefined ? null : keys.find(author.id, key))
    const before = await known()
    if (before) return replay(before, request, keyed)
    const order = await store.insert(request, author, key)
    if (order === 'account-deleted') throw forbidden(order, 'This account has been deleted.')
    if (order !== 'key-taken') return { order, replayed: false }
    // A request to another replica came first, and the database made us wait until it was done.
    const first = await known()
    if (first) return replay(first, request, keyed)
    throw conflict(
      'idempotency-key-in-progress',
      'A request with this idempotency-key is under way. Try again shortly.'
    )
  }

  return {
    /** Places an order; with a `key`, once: the same request under the same key gives the same order. */
    async place(author: Author, request: NewOrder, keyed: Keyed): Promise<Placement> {
      if (keyed.key === undefined) return place(author, request, keyed)
      return sequences.run(`${author.id} ${keyed.key}`, async () => place(author, request, keyed))
    },

    async list(caller: Caller, { created_by, ...page }: Wanted): Promise<StoredOrder[]> {
      return store.list({ owner: listedOwner(caller, created_by), ...page })
    },

    async get(caller: Caller, id: string): Promise<StoredOrder> {
      const target = { id, owner: isAdmin(caller) ? null : caller.id }
      const order = await store.find(target)
      if (order === null) throw await absence(target)
      return order
    },

    async change(target: Target, patch: OrderPatch, asked: Asked): Promise<StoredOrder> {
      const step = { action: 'changed', from: changeable, changes: patch } as const
      return take(target, step, asked, ({ status }) =>
        conflict('order-not-changeable', `The order is ${status}; it cannot be changed.`)
      )
    },

    async cancel(target: Target, asked: Asked): Promise<StoredOrder> {
      const detail = 'Only a placed order can be cancelled.'
      return take(target, becoming('cancelled'), asked, () =>
        conflict('order-not-cancellable', detail)
      )
    },

    async ship(id: string, asked: Asked): Promise<StoredOrder> {
      const detail = 'Only a placed order can be shipped.'
      const target = { id, owner: null }
      return take(target, becoming('shipped'), asked, () => conflict('order-not-shippable', detail))
    }
  }
}

type Refusal = (order: StoredOrder) => ProblemError

function becoming(status: 'cancelled' | 'shipped') {
  return { action: status, from: statusesBefore(status), changes: { status } }
}
