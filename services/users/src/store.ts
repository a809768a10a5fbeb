import { guardTransactions, type Query } from '@gatehouse/database'
import type { PrismaClient } from '#db'
import { createAccountStore } from './account/store.ts'
import { type Announce, announceNothing, createOutbox } from './outbox/store.ts'
import { createPasswordStore } from './passwords/store.ts'
import { createRefreshStore } from './refresh/store.ts'
import { createSeedStore } from './seed/store.ts'
import { createSessionStore } from './sessions/store.ts'
import { createThrottleStore } from './throttle/store.ts'
import { createUserStore } from './users/store.ts'

/** All that this service stores, by feature; `query` is for what is asked often, `announce` writes down what others have to be told. */
export function createStores(
  client: PrismaClient,
  query: Query,
  announce: Announce = announceNothing
) {
  const prisma = guardTransactions(client)
  return {
    users: createUserStore(prisma, query, announce),
    credentials: createPasswordStore(prisma, announce),
    sessions: createSessionStore(prisma),
    outbox: createOutbox(prisma),
    refreshes: createRefreshStore(prisma),
    account: createAccountStore(query),
    throttle: createThrottleStore(prisma),
    seed: createSeedStore(prisma, announce)
  }
}
