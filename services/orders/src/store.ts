import { guardTransactions } from '@gatehouse/database'
import type { PrismaClient } from '#db'
import { createHistoryStore } from './history/store.ts'
import { createKeyStore } from './keys/store.ts'
import { createLiveStore } from './live/store.ts'
import { createOrderStore } from './orders/store.ts'
import { createToldStore } from './told/store.ts'

/** All that this service stores, by feature. */
export function createStores(client: PrismaClient) {
  const prisma = guardTransactions(client)
  return {
    orders: createOrderStore(prisma),
    keys: createKeyStore(prisma),
    history: createHistoryStore(prisma),
    live: createLiveStore(prisma),
    told: createToldStore(prisma)
  }
}

export type Stores = ReturnType<typeof createStores>
