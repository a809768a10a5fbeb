import { type Database, untilReady } from '@gatehouse/database'
import { caller, createApp, health, requireCaller, type Verifier } from '@gatehouse/service-kit'
import { createFeed } from './live/feed.ts'
import { liveRoutes } from './live/routes.ts'
import { endUnopened } from './live/socket.ts'
import { ordersRoutes } from './orders/routes.ts'
import { createOrdersService } from './orders/service.ts'
import type { OrderStore } from './orders/store.ts'

interface Deps {
  store: OrderStore
  database: Pick<Database, 'check' | 'isReady' | 'listen'>
  verify: Verifier
  logLevel?: string
}

const openapi = {
  title: 'Orders',
  description: 'Places orders, and tells what becomes of them.',
  tags: [{ name: 'orders', description: 'Place, follow and change orders.' }]
}

/** The orders service, not listening yet. */
export function buildOrdersApp({ store, database, verify, logLevel = 'info' }: Deps) {
  const app = createApp({ ...openapi, logLevel })
  const feed = createFeed({ store })
  database.listen('order_events', { onNotice: feed.wake, onConnect: feed.wakeAll })
  app.addHook('onRequest', untilReady(database))
  app.addHook('onResponse', endUnopened)
  app.register(caller, { verify })
  app.register(health, { checks: { database: database.check } })
  app.register(async (signedIn) => {
    signedIn.addHook('onRequest', requireCaller)
    signedIn.register(ordersRoutes, { orders: createOrdersService({ store }) })
    signedIn.register(liveRoutes, { feed })
  })
  return app
}
