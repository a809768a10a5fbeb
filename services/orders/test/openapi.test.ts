import { test } from 'node:test'
import { startOrders } from './start-orders.ts'

interface Operation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  parameters?: { name: string; in: string; required: boolean }[]
  responses: Record<string, { description: string; headers?: object; content?: object }>
}

interface Document {
  tags: { name: string; description: string }[]
  components: { schemas: Record<string, object> }
  paths: Record<string, Record<string, Operation>>
}

const expected: Record<string, string[]> = {
  placeOrder: ['201', '400', '403', '409', '412', '413', '415', '422'],
  listOrders: ['200', '400', '403'],
  getOrder: ['200', '304', '400', '404'],
  changeOrder: ['200', '400', '404', '409', '412', '413', '415'],
  cancelOrder: ['200', '400', '404', '409', '412'],
  shipOrder: ['200', '400', '403', '404', '409', '412'],
  listOrderHistory: ['200', '400', '404'],

  streamOrderEvents: ['200', '400'],
  streamOrdersLive: ['101', '400', '426']
}

test('describes each operation and each of its answers', async (t) => {
  const { app } = await startOrders(t)

  const response = await app.inject('/openapi.json')

  t.assert.equal(response.statusCode, 200)
  const { tags, paths } = response.json<Document>()
  const operations = Object.values(paths).flatMap((path) => Object.values(path))
  const declared = operations.map(({ operationId, responses }) => [
    operationId,
    Object.keys(responses).toSorted()
  ])
  t.assert.deepEqual(Object.fromEntries(declared), expected)
  for (const { summary, description, tags } of operations) {
    t.assert.match(summary, /^[A-Z]/)
    t.assert.match(description, /\.$/)
    t.assert.deepEqual(tags, ['orders'])
  }
  t.assert.deepEqual(
    tags.map(({ name }) => name),
    ['orders']
  )
  t.assert.match(String(tags[0]?.description), /\.$/)
})

test('declares the headers that it takes and sends', async (t) => {
  const { app } = await startOrders(t)

  const { paths } = (await app.inject('/openapi.json')).json<Document>()

  const [all, one] = [paths['/orders'], paths['/orders/{id}']]
  const sent = (operation: Operation | undefined, status: string) =>
    Object.keys(operation?.responses[status]?.headers ?? {})
  const taken = (operation: Operation | undefined) =>
    operation?.parameters?.filter(({ in: place }) => place === 'header').map(({ name }) => name)
  t.assert.deepEqual(sent(all?.post, '201'), ['location', 'etag', 'idempotency-replayed'])
  t.assert.deepEqual(sent(all?.get, '200'), ['link'])
  t.assert.deepEqual(sent(one?.get, '200'), ['etag'])
  t.assert.deepEqual(sent(one?.patch, '200'), ['etag'])
  t.assert.deepEqual(taken(all?.post), ['if-none-match', 'idempotency-key'])
  t.assert.deepEqual(taken(one?.get), ['if-none-match'])
  t.assert.deepEqual(taken(one?.patch), ['if-match', 'if-none-match'])
})

test('requires no query parameter, and names its schemas', async (t) => {
  const { app } = await startOrders(t)

  const { paths, components } = (await app.inject('/openapi.json')).json<Document>()

  const required = paths['/orders']?.get?.parameters?.filter((parameter) => parameter.required)
  t.assert.deepEqual(required, [])
  t.assert.deepEqual(Object.keys(components.schemas).toSorted(), [
    'NewOrder',
    'Order',
    'OrderChange',
    'OrderPatch',
    'Problem'
  ])
})
