import {
  linkHeader,
  list,
  NoQuery,
  pageQuery,
  problems,
  ref,
  uuidPattern
} from '@gatehouse/service-kit'
import { Type } from 'typebox'
import { NewOrder, Order, OrderId, OrderPatch, Status } from './contract.ts'
import { conditions, etag, ifNoneMatch, placed, placing } from './headers.ts'

const common = { tags: ['orders'] }
const params = Type.Object({ id: OrderId })
const one = { ...common, params, querystring: NoQuery }

/** A failure whose description names the problem's slug. */
function told<S extends number>(status: S, description: string) {
  const { [status]: problem } = problems(status)
  return { [status]: { ...problem, description } } as Record<S, typeof problem>
}

const stale = told(412, 'The order has changed since: `stale-etag`.')
const notPlaced = (slug: string) => told(409, `The order is not \`placed\` any more: \`${slug}\`.`)

export const placeOrder = {
  ...common,
  operationId: 'placeOrder',
  summary: 'Place an order',
  description:
    'With an `idempotency-key` the request can be repeated safely: for 24 hours or more the same key and ' +
    'body give the same answer, marked `idempotency-replayed: true`, and one order. The same key with ' +
    'another body is refused. Keys are per user. Of requests at once the others wait for the first.',
  querystring: NoQuery,
  headers: placing,
  body: ref(NewOrder),
  response: {
    201: { ...ref(Order, 'The order was placed.'), headers: placed },
    ...problems(400, 413, 415),
    ...told(403, 'The account is gone: `account-deleted`.'),
    ...told(409, 'The key was given up at this moment; try again: `idempotency-key-in-progress`.'),
    ...told(412, 'With `if-none-match: *`: the key has placed an order: `order-exists`.'),
    ...told(422, 'The key was used with another body: `idempotency-key-reused`.')
  }
}

export const listOrders = {
  ...common,
  operationId: 'listOrders',
  summary: 'List orders',
  description: "The caller's orders, newest first. An admin may ask for those of others.",
  querystring: Type.Object(
    {
      ...pageQuery,
      status: Type.Optional(Status),
      created_by: Type.Optional(
        Type.String({
          description: 'A user, or `all`; an admin may name anyone, others themselves.',
          pattern: `^all$|${uuidPattern}`,
          maxLength: 36
        })
      )
    },
    { additionalProperties: false }
  ),
  response: {
    200: { ...list(Order, 'A page of orders.'), headers: linkHeader },
    ...problems(400, 403)
  }
}

export const getOrder = {
  ...one,
  operationId: 'getOrder',
  summary: 'Read an order',
  description: 'Own orders; an admin reads any.',
  headers: ifNoneMatch,
  response: {
    200: { ...ref(Order, 'The order.'), headers: etag },
    304: { type: 'null', description: 'It has not changed since that etag.', headers: etag },
    ...problems(400, 404)
  }
}

export const changeOrder = {
  ...one,
  operationId: 'changeOrder',
  summary: 'Change an order',
  description: 'Own orders, while they are `placed`.',
  headers: conditions,
  body: ref(OrderPatch),
  response: {
    200: { ...ref(Order, 'The changed order.'), headers: etag },
    ...problems(400, 404, 413, 415),
    ...stale,
    ...notPlaced('order-not-changeable')
  }
}

export const cancelOrder = {
  ...one,
  operationId: 'cancelOrder',
  summary: 'Cancel an order',
  description: 'Own orders, while they are `placed`.',
  headers: conditions,
  response: {
    200: { ...ref(Order, 'The cancelled order.'), headers: etag },
    ...problems(400, 404),
    ...stale,
    ...notPlaced('order-not-cancellable')
  }
}

export const shipOrder = {
  ...one,
  operationId: 'shipOrder',
  summary: 'Ship an order',
  description: 'Any order, while it is `placed`; for admins.',
  headers: conditions,
  response: {
    200: { ...ref(Order, 'The shipped order.'), headers: etag },
    ...problems(400, 403, 404),
    ...stale,
    ...notPlaced('order-not-shippable')
  }
}
