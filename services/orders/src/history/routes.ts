import { callerOf, cutPage, type Routes, readCursor } from '@gatehouse/service-kit'
import type { OrdersService } from '../orders/service.ts'
import { listOrderHistory, OrderChange } from './contract.ts'
import type { HistoryStore } from './store.ts'

interface Options {
  orders: Pick<OrdersService, 'get'>
  history: HistoryStore
}

export const historyRoutes: Routes<Options> = async (app, { orders, history }) => {
  app.addSchema(OrderChange)

  app.get('/orders/:id/history', { schema: listOrderHistory }, async (request, reply) => {
    const { limit, cursor } = request.query
    const page = { limit, before: readCursor(cursor) }
    // Who may not see the order gets a 404, here as there.
    const { id } = await orders.get(callerOf(request), request.params.id)
    const found = await history.list(id, page)
    const { items, link } = cutPage(found, request.url, limit)
    if (link) reply.header('link', link)
    return items
  })
}
