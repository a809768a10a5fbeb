import {
  authorOf,
  callerOf,
  cutPage,
  type Routes,
  readCursor,
  requireType
} from '@gatehouse/service-kit'
import { components } from './contract.ts'
import { etagOf, isKnown } from './etag.ts'
import {
  cancelOrder,
  changeOrder,
  getOrder,
  listOrders,
  placeOrder,
  shipOrder
} from './operations.ts'
import type { OrdersService } from './service.ts'

type OrderRequest = Parameters<typeof callerOf>[0] & { params: { id: string } }

/** The order that a request names, if it is the caller's. */
const own = (request: OrderRequest) => ({ id: request.params.id, owner: callerOf(request).id })

/** Who asks for a change, and under which conditions. */
const asked = (request: Parameters<typeof authorOf>[0]) => ({
  author: authorOf(request),
  conditions: request.headers
})

export const ordersRoutes: Routes<{ orders: OrdersService }> = async (app, { orders }) => {
  for (const schema of components) app.addSchema(schema)

  app.post('/orders', { schema: placeOrder }, async (request, reply) => {
    const { order, replayed } = await orders.place(authorOf(request), request.body, {
      key: request.headers['idempotency-key'],
      onlyNew: request.headers['if-none-match'] === '*'
    })
    if (replayed) reply.header('idempotency-replayed', 'true')
    reply.header('location', `/orders/${order.id}`).header('etag', etagOf(order))
    return reply.code(201).send(order)
  })

  app.get('/orders', { schema: listOrders }, async (request, reply) => {
    const { created_by, status, limit, cursor } = request.query
    const wanted = { created_by, status, limit, before: readCursor(cursor) }
    const { items, link } = cutPage(
      await orders.list(callerOf(request), wanted),
      request.url,
      limit
    )
    if (link) reply.header('link', link)
    return items
  })

  app.get('/orders/:id', { schema: getOrder }, async (request, reply) => {
    const order = await orders.get(callerOf(request), request.params.id)
    reply.header('etag', etagOf(order))
    if (isKnown(order, request.headers['if-none-match'])) return reply.code(304).send()
    return order
  })

  app.patch('/orders/:id', { schema: changeOrder }, async (request, reply) => {
    const order = await orders.change(own(request), request.body, asked(request))
    reply.header('etag', etagOf(order))
    return order
  })

  app.post('/orders/:id/cancel', { schema: cancelOrder }, async (request, reply) => {
    const order = await orders.cancel(own(request), asked(request))
    reply.header('etag', etagOf(order))
    return order
  })

  const forAdmins = { schema: shipOrder, onRequest: requireType('admin') }
  app.post('/orders/:id/ship', forAdmins, async (request, reply) => {
    const order = await orders.ship(request.params.id, asked(request))
    reply.header('etag', etagOf(order))
    return order
  })
}
