import {
  anyText,
  component,
  Id,
  linkHeader,
  list,
  pageQuery,
  problems
} from '@gatehouse/service-kit'
import { type Static, Type } from 'typebox'
import { exampleId, OrderId, time } from '../orders/contract.ts'
import { actions } from '../orders/order.ts'

const value = (description: string) =>
  Type.Unsafe<string | number | null>({
    type: ['string', 'integer', 'null'],
    format: 'int32',
    minimum: 1,
    maximum: 1000,
    maxLength: 500,
    pattern: anyText,
    description
  })

export type OrderChange = Static<typeof OrderChange>
export const OrderChange = component(
  'OrderChange',
  Type.Object(
    {
      id: Type.String({ ...Id, description: "The change's id.", examples: [exampleId] }),
      version: Type.Integer({
        format: 'int32',
        description: 'The version that the order has since: 1, 2, 3 … without a gap.',
        minimum: 1,
        maximum: 999_999_999,
        examples: [2]
      }),
      action: Type.Enum([...actions], {
        type: 'string',
        description: 'What was done.',
        examples: ['changed']
      }),
      changed_by: Type.String({
        ...Id,
        description: 'The user who did it.',
        examples: [exampleId]
      }),
      request_id: Type.String({
        description: 'The request that asked for it, as in every log.',
        maxLength: 64,
        pattern: '^[A-Za-z0-9._-]+$',
        examples: ['RZnWEjdoDKQO-dp']
      }),
      reason: Type.Optional(
        Type.Enum(['user-deleted'], {
          type: 'string',
          description: 'Why, where nobody asked for it: the user whose order it was is gone.'
        })
      ),
      changes: Type.Array(
        Type.Object(
          {
            field: Type.String({
              description: 'Of the order.',
              pattern: '^[a-z_]+$',
              maxLength: 20,
              examples: ['quantity']
            }),
            from: value('What it was; null where the order was placed.'),
            to: value('What it is since.')
          },
          { additionalProperties: false }
        ),
        { description: 'One entry for each field that changed.', maxItems: 10 }
      ),
      created_at: Type.String({ ...time, description: 'When it was done, in UTC.' })
    },
    { description: 'A change of an order.', additionalProperties: false }
  )
)

export const listOrderHistory = {
  tags: ['orders'],
  params: Type.Object({ id: OrderId }),
  operationId: 'listOrderHistory',
  summary: 'Read the history of an order',
  description:
    'Each change of the order, newest first: who made it, when, by which request, and what it changed. ' +
    'Own orders; an admin reads that of any. It is kept as long as the order.',
  querystring: Type.Object(pageQuery, { additionalProperties: false }),
  response: {
    200: { ...list(OrderChange, 'A page of changes.'), headers: linkHeader },
    ...problems(400, 404)
  }
}
