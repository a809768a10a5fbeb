import type { Author } from '@gatehouse/service-kit'
import { Prisma, type PrismaClient } from '#db'
import { changeRow } from '../history/row.ts'
import type { NewOrder, OrderPatch } from './contract.ts'
import type { Action, OrderStatus } from './order.ts'
import { fromRow, type Row, type StoredOrder, select } from './row.ts'

/** One order; `owner` null stands for anybody's. */
export interface Target {
  id: string
  owner: string | null
}

interface Page {
  owner: string | null
  status: OrderStatus | undefined
  /** The id of the last order that has been seen. */
  before: string | undefined
  limit: number
}

/** A change that is made where the order allows it when it is made. */
export interface Step {
  action: Action
  /** The statuses in which the order may be. */
  from: readonly OrderStatus[]
  allows: (order: StoredOrder) => boolean
  changes: OrderPatch | { status: OrderStatus }
}

/** What came of a step, and the order as it is since; null where there is no such order. */
interface Outcome {
  outcome: 'changed' | 'missing' | 'status' | 'condition'
  order: StoredOrder | null
}

export type OrderStore = ReturnType<typeof createOrderStore>

/** Longer than a statement may take, which is what ends it. */
const limits = { timeout: 10_000 }

const uniqueViolation = '23505'
/** Raised by the trigger of `orders`: see the migration. */
const userDeleted = 'GH001'

/** The SQLSTATE that a statement of ours failed with, where it is a failure of that kind. */
function stateOf(error: unknown): unknown {
  const { driverAdapterError } = (Object(error).meta ?? {}) as { driverAdapterError?: Error }
  return Object(driverAdapterError?.cause).originalCode
}

const ownedBy = (owner: string | null) => (owner === null ? {} : { created_by: owner })

/** All in one statement, for until its end the user's other orders wait: the trigger of `orders` locks the feed. */
function insertion(request: NewOrder, author: Author, key: string | undefined) {
  const { id: user, request_id } = author
  const { item, address, quantity } = request
  const { changes } = changeRow('placed', author, null, {
    ...request,
    status: 'placed',
    version: 1
  })
  return Prisma.sql`
    with placed as (
      insert into orders (id, item, address, quantity, created_by)
      values (uuidv7(), ${item}, ${address}, ${quantity}, ${user}::uuid) returning *
    ), told as (
      insert into order_changes (id, order_id, version, action, changed_by, request_id, changes)
      select uuidv7(), id, version, 'placed', created_by, ${request_id}, ${JSON.stringify(changes)}::jsonb
      from placed
    ), kept as (
      insert into idempotency_keys (created_by, key, request, order_id)
      select created_by, ${key ?? ''}, ${JSON.stringify(request)}::jsonb, id
      from placed where ${key !== undefined}
    )
    select id, item, address, quantity, status::text, version, created_by, created_at, updated_at
    from placed`
}

async function update(
  tx: Prisma.TransactionClient,
  { id, owner }: Target,
  { action, from, allows, changes }: Step,
  author: Author
): Promise<Outcome> {
  // Until the transaction ends the order stays what it is found to be here.
  await tx.$queryRaw`select 1 from orders where id = ${id}::uuid for update`
  const found = await tx.order.findFirst({ where: { id, ...ownedBy(owner) }, select })
  if (!found) return { outcome: 'missing', order: null }
  const before = fromRow(found)
  if (!from.includes(before.status)) return { outcome: 'status', order: before }
  if (!allows(before)) return { outcome: 'condition', order: before }
  const data = { ...changes, version: before.version + 1 }
  const change = changeRow(action, author, before, { ...before, ...data })
  await tx.orderChange.create({ data: { ...change, order_id: id }, select: { id: true } })
  // Last, for from here on the user's other orders wait: the trigger of `orders` locks the feed.
  const row = await tx.order.update({ where: { id }, data, select })
  return { outcome: 'changed', order: fromRow(row) }
}

/** The only file that sees Prisma. */
export function createOrderStore(prisma: PrismaClient) {
  return {
    /** Stores an order, with the key it was asked for under; says so where that is in use, or the user gone. */
    async insert(order: NewOrder, author: Author, key: string | undefined) {
      try {
        const [row] = await prisma.$queryRaw<Row[]>(insertion(order, author, key))
        return fromRow(row as Row)
      } catch (error) {
        const state = stateOf(error)
        if (state === userDeleted) return 'account-deleted'
        if (state === uniqueViolation) return 'key-taken'
        throw error
      }
    },

    async find({ id, owner }: Target): Promise<StoredOrder | null> {
      const row = await prisma.order.findFirst({ where: { id, ...ownedBy(owner) }, select })
      return row && fromRow(row)
    },

    /** Newest first, and one more than `limit` where there is another page. */
    async list({ owner, status, before, limit }: Page): Promise<StoredOrder[]> {
      const rows = await prisma.order.findMany({
        where: {
          ...ownedBy(owner),
          ...(status && { status }),
          ...(before && { id: { lt: before } })
        },
        orderBy: { id: 'desc' },
        take: limit + 1,
        select
      })
      return rows.map(fromRow)
    },

    /** Makes a change where the order allows it, and writes it into its history. */
    async update(target: Target, step: Step, author: Author): Promise<Outcome> {
      return prisma.$transaction(async (tx) => update(tx, target, step, author), limits)
    }
  }
}
