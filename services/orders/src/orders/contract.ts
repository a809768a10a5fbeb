import { component, Id, textPattern } from '@gatehouse/service-kit'
import { type Static, Type } from 'typebox'
import { statuses } from './order.ts'

const item = Type.String({
  description: 'What is ordered.',
  minLength: 1,
  maxLength: 200,
  pattern: textPattern,
  examples: ['Brass door handle']
})
const address = Type.String({
  description: 'Where it goes.',
  minLength: 1,
  maxLength: 500,
  pattern: textPattern,
  examples: ['12 Gate Lane, 1010 Vienna']
})
const range = {
  format: 'int32',
  description: 'How many.',
  minimum: 1,
  maximum: 1000,
  examples: [2]
}
export const time = { format: 'date-time', maxLength: 24, examples: ['2030-01-02T03:04:05.678Z'] }
export const exampleId = '0190c3a4-7c1e-7d2a-8f00-3b5d6c7e8f90'

export const OrderId = Type.String({ ...Id, description: "The order's id.", examples: [exampleId] })

export const Status = Type.Enum([...statuses], {
  type: 'string',
  description: 'An order is placed, and then either shipped or cancelled.',
  examples: ['placed']
})

export type Order = Static<typeof Order>
export const Order = component(
  'Order',
  Type.Object(
    {
      id: OrderId,
      item,
      address,
      quantity: Type.Integer(range),
      status: Status,
      created_by: Type.String({ ...Id, description: 'Whose order it is.', examples: [exampleId] }),
      created_at: Type.String({ ...time, description: 'When it was placed, in UTC.' }),
      updated_at: Type.String({ ...time, description: 'When it last changed, in UTC.' })
    },
    { description: 'An order.', additionalProperties: false }
  )
)

export type NewOrder = Static<typeof NewOrder>
export const NewOrder = component(
  'NewOrder',
  Type.Object(
    { item, address, quantity: Type.Integer({ ...range, default: 1 }) },
    { description: 'What to order.', required: ['item', 'address'], additionalProperties: false }
  )
)

export type OrderPatch = Static<typeof OrderPatch>
export const OrderPatch = component(
  'OrderPatch',
  Type.Object(
    {
      item: Type.Optional(item),
      address: Type.Optional(address),
      quantity: Type.Optional(Type.Integer(range))
    },
    {
      description: 'What to change; fields that are absent stay as they are.',
      minProperties: 1,
      additionalProperties: false
    }
  )
)

export const components = [Order, NewOrder, OrderPatch]
