import type { PrismaClient } from '#db'
import { createPasswordStore } from './passwords/store.ts'
import { createSessionStore } from './sessions/store.ts'
import { createUserStore } from './users/store.ts'

/** All that this service stores, by feature. */
export function createStores(prisma: PrismaClient) {
  return {
    users: createUserStore(prisma),
    credentials: createPasswordStore(prisma),
    sessions: createSessionStore(prisma)
  }
}
