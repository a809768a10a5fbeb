import { guardTransactions } from '@gatehouse/database'
import type { PrismaClient } from '#db'
import { createHistoryStore } from './history/store.ts'
import { createIdempotencyStore } from './idempotency/store.ts'
import { createOrderStreamStore } from './order-stream/store.ts'
import { createOrderStore } from './orders/store.ts'
import { createUserEventStore } from './user-events/store.ts'

/** All that this service stores, by feature. */
export function createStores(client: PrismaClient) {
  const prisma = guardTransactions(client)
  return {
    orders: createOrderStore(prisma),
    idempotency: createIdempotencyStore(prisma),
    history: createHistoryStore(prisma),
    stream: createOrderStreamStore(prisma),
    userEvents: createUserEventStore(prisma)
  }
}

export type Stores = ReturnType<typeof createStores>
