import { Prisma, type PrismaClient } from '#db'
import type { NewOrder, OrderPatch } from './contract.ts'
import type { OrderStatus } from './order.ts'
import { type EventRow, fromEvent, fromRow, type StoredOrder, select } from './row.ts'

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

interface Expected {
  from: readonly OrderStatus[]
  /** null: whatever version it has. */
  versions: number[] | null
}

interface Key {
  owner: string
  key: string
}

export type OrderStore = ReturnType<typeof createOrderStore>

function isTaken(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}

const ownedBy = (owner: string | null) => (owner === null ? {} : { created_by: owner })

/** The only file that sees Prisma. */
export function createOrderStore(prisma: PrismaClient) {
  return {
    /** Stores an order, and with it the key it was asked for under; null where that key is in use. */
    async insert(order: NewOrder, { owner, key }: { owner: string; key: string | undefined }) {
      const placed = { ...order, created_by: owner }
      const create = { key: key ?? '', created_by: owner, request: order }
      const data = key === undefined ? placed : { ...placed, key: { create } }
      try {
        return fromRow(await prisma.order.create({ data, select }))
      } catch (error) {
        if (isTaken(error)) return null
        throw error
      }
    },

    /** The order that was placed under a key, and what was asked for. */
    async findByKey({ owner, key }: Key) {
      const found = await prisma.idempotencyKey.findUnique({
        where: { created_by_key: { created_by: owner, key } },
        select: { request: true, order: { select } }
      })
      return found && { order: fromRow(found.order), request: found.request as NewOrder }
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

    /** Changes an order that is as expected when it is written; null where there is no such order. */
    async update(
      { id, owner }: Target,
      { from, versions }: Expected,
      changes: OrderPatch | { status: OrderStatus }
    ): Promise<StoredOrder | null> {
      const version = versions && { version: { in: versions } }
      const [row] = await prisma.order.updateManyAndReturn({
        where: { id, ...ownedBy(owner), status: { in: [...from] }, ...version },
        data: { ...changes, version: { increment: 1 } },
        select
      })
      return row ? fromRow(row) : null
    },

    /** The number of the last event of a user's orders; 0 where there was none. */
    async lastEvent(owner: string): Promise<number> {
      const feed = await prisma.orderFeed.findUnique({ where: { created_by: owner } })
      return feed?.last_event ?? 0
    },

    /** The events of a user's orders that follow number `after`, in order; at most `limit`. */
    async eventsAfter({ owner, after, limit }: { owner: string; after: number; limit: number }) {
      const rows = await prisma.orderEvent.findMany({
        where: { created_by: owner, number: { gt: after } },
        orderBy: { number: 'asc' },
        take: limit
      })
      return rows.map(({ number, order }) => ({ number, order: fromEvent(order as EventRow) }))
    },

    /** Forgets the events from before `time`, and gives their number. */
    async forgetEvents(time: Date): Promise<number> {
      const { count } = await prisma.orderEvent.deleteMany({ where: { created_at: { lt: time } } })
      return count
    },

    /** Forgets the keys that were first used before `time`, and gives their number. */
    async forgetKeys(time: Date): Promise<number> {
      const { count } = await prisma.idempotencyKey.deleteMany({
        where: { created_at: { lt: time } }
      })
      return count
    }
  }
}
