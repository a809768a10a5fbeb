import { guardTransactions, type Query } from '@gatehouse/database'
import type { PrismaClient } from '#db'
import { createHistoryStore } from './history/store.ts'
import { createIdempotencyStore } from './idempotency/store.ts'
import { createOrderStreamStore } from './order-stream/store.ts'
import { createOrderStore } from './orders/store.ts'
import { createUserEventStore } from './user-events/store.ts'

/** All that this service stores, by feature; `query` is for what is asked often. */
export function createStores(client: PrismaClient, query: Query) {
  const prisma = guardTransactions(client)
  return {
    orders: createOrderStore(prisma, query),
    idempotency: createIdempotencyStore(prisma, query),
    history: createHistoryStore(query),
    stream: createOrderStreamStore(prisma, query),
    userEvents: createUserEventStore(prisma)
  }
}

export type Stores = ReturnType<typeof createStores>
