import { planningOf, type Query } from '@gatehouse/database'
import type { Author } from '@gatehouse/service-kit'
import type { Prisma, PrismaClient } from '#db'
import { changeRow } from '../history/row.ts'
import type { NewOrder, OrderPatch } from './contract.ts'
import type { Action, OrderStatus } from './order.ts'
import { columns, fromRow, type StoredOrder, select } from './row.ts'

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

const ownedBy = (owner: string | null) => (owner === null ? {} : { created_by: owner })

/** All in one statement, for until its end the user's other orders wait: the trigger of `orders` locks the feed. */
const placing = `
  with placed as (
    insert into orders (id, item, address, quantity, created_by)
    values (uuidv7(), $1, $2, $3, $4) returning *
  ), told as (
    insert into order_changes (id, order_id, version, action, changed_by, request_id, changes)
    select uuidv7(), id, version, 'placed', created_by, $5, $6 from placed
  )`
const insertion = `${placing} select ${columns} from placed`
const keyedInsertion = `${placing}, kept as (
    insert into idempotency_keys (created_by, key, request, order_id)
    select created_by, $7, $8, id from placed
  ) select ${columns} from placed`

function valuesOf(request: NewOrder, author: Author): unknown[] {
  const { item, address, quantity } = request
  const placed = { ...request, status: 'placed', version: 1 } as const
  const { changes } = changeRow('placed', author, null, placed)
  return [item, address, quantity, author.id, author.request_id, JSON.stringify(changes)]
}

/**
 * The statement of a page. How many rows and which status are known when it is planned: a plan for any number, or any
 * status, is a worse one. There are few texts, and those of most requests are planned once.
 */
function listing({ owner, status, before, limit }: Page) {
  const values = [owner, before].filter((value) => value !== null && value !== undefined)
  const conditions = [
    ...(owner === null ? [] : ['created_by = $1']),
    ...(status === undefined ? [] : [`status = '${status}'`]),
    ...(before === undefined ? [] : [`id < $${values.length}`])
  ]
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  const text = `select ${columns} from orders ${where} order by id desc limit ${limit + 1}`
  // For any user, few orders are expected, and one index as good as the other; one user may have a million.
  const planning = status === undefined ? planningOf(limit) : 'each time'
  return { text, values, planning }
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
export function createOrderStore(prisma: PrismaClient, query: Query) {
  return {
    /** Stores an order, with the key it was asked for under; says so where that is in use, or the user gone. */
    async insert(order: NewOrder, author: Author, key: string | undefined) {
      const values = valuesOf(order, author)
      const keyed = key === undefined ? values : [...values, key, JSON.stringify(order)]
      try {
        const [row] = await query<StoredOrder>(
          key === undefined ? insertion : keyedInsertion,
          keyed
        )
        return row as StoredOrder
      } catch (error) {
        const { code: state } = error as { code?: unknown }
        if (state === userDeleted) return 'account-deleted'
        if (state === uniqueViolation) return 'key-taken'
        throw error
      }
    },

    async find({ id, owner }: Target): Promise<StoredOrder | null> {
      const text = `select ${columns} from orders where id = $1`
      const [row] = await query<StoredOrder>(text, [id])
      return row !== undefined && (owner === null || row.created_by === owner) ? row : null
    },

    /** Newest first, and one more than `limit` where there is another page. */
    async list(page: Page): Promise<StoredOrder[]> {
      const { text, values, planning } = listing(page)
      return query<StoredOrder>(text, values, planning)
    },

    /** Makes a change where the order allows it, and writes it into its history. */
    async update(target: Target, step: Step, author: Author): Promise<Outcome> {
      return prisma.$transaction(async (tx) => update(tx, target, step, author), limits)
    }
  }
}
