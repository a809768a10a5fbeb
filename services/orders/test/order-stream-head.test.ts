import { test } from 'node:test'
import { startOrders, userOf } from './start-orders.ts'
import { originOf } from './stream-readers.ts'

test('E9 answers HEAD with the header section of an event stream, and nothing after it', async (t) => {
  const { app } = await startOrders(t)
  const ada = userOf(app)
  const url = `${await originOf(app)}/orders/events`
  const stream = await fetch(url, { headers: ada.headers })
  await stream.body?.cancel()

  const response = await fetch(url, { method: 'HEAD', headers: ada.headers })

  t.assert.equal(response.status, 200)
  for (const name of ['content-type', 'cache-control', 'content-length'])
    t.assert.equal(response.headers.get(name), stream.headers.get(name), name)
  t.assert.equal(response.headers.get('content-type'), 'text/event-stream')
  t.assert.equal(await response.text(), '')
})

test('E9 refuses HEAD where it would refuse the event stream', async (t) => {
  const { app } = await startOrders(t)
  const ada = userOf(app)

  const bad = await ada.head('/orders/events', { headers: { 'last-event-id': '1; drop' } })
  const good = await ada.head('/orders/events', { headers: { 'last-event-id': '1' } })
  const odd = await ada.head('/orders/events?more=1')
  const nobody = await app.inject({ method: 'HEAD', url: '/orders/events' })

  t.assert.deepEqual(
    [bad, good, odd, nobody].map(({ statusCode }) => statusCode),
    [400, 200, 400, 401]
  )
})

test('publishes no operation for HEAD of the events', async (t) => {
  const { app } = await startOrders(t)

  const response = await app.inject('/openapi.json')

  t.assert.equal(response.statusCode, 200)
  t.assert.deepEqual(Object.keys(response.json().paths['/orders/events']), ['get'])
})
