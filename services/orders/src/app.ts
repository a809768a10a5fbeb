import { type Database, untilReady } from '@gatehouse/database'
import {
  caller,
  createApp,
  health,
  requireCaller,
  type ServiceVerifier,
  type Verifier
} from '@gatehouse/service-kit'
import { historyRoutes } from './history/routes.ts'
import { createFeed } from './order-stream/feed.ts'
import { orderStreamRoutes } from './order-stream/routes.ts'
import { endUnopened } from './order-stream/socket.ts'
import { ordersRoutes } from './orders/routes.ts'
import { createOrdersService } from './orders/service.ts'
import type { Stores } from './store.ts'
import { userEventRoutes } from './user-events/routes.ts'

interface Deps {
  stores: Stores
  database: Pick<Database, 'check' | 'isReady' | 'listen'>
  verify: Verifier
  verifyService: ServiceVerifier
  logLevel?: string
  /** Where log lines go; to stdout without it. */
  logTo?: { write: (line: string) => void }
}

const openapi = {
  title: 'Orders',
  description: 'Places orders, and tells what becomes of them.',
  tags: [{ name: 'orders', description: 'Place, follow and change orders.' }]
}

/** The orders service, not listening yet. */
export function buildOrdersApp({ stores, database, logLevel = 'info', logTo, ...verifiers }: Deps) {
  const app = createApp({ ...openapi, logLevel, logTo })
  const feed = createFeed({ store: stores.stream })
  database.listen('order_events', { onNotice: feed.wake, onConnect: feed.wakeAll })
  app.addHook('onRequest', untilReady(database))
  app.addHook('onResponse', endUnopened)
  app.register(caller, verifiers)
  app.register(health, { checks: { database: database.check } })
  app.register(userEventRoutes, { told: stores.userEvents })
  const orders = createOrdersService({ store: stores.orders, keys: stores.idempotency })
  app.register(async (signedIn) => {
    signedIn.addHook('onRequest', requireCaller)
    signedIn.register(ordersRoutes, { orders })
    signedIn.register(historyRoutes, { orders, history: stores.history })
    signedIn.register(orderStreamRoutes, { feed })
  })
  return app
}
