import { type TestContext, test } from 'node:test'
import { startOrders, startReplica, userOf } from './start-orders.ts'

async function start(t: TestContext) {
  const { app, url } = await startOrders(t)
  return { app, url, ada: userOf(app) }
}

test('H4 gives another etag whenever the body differs, and the same while it does not', async (t) => {
  const { ada } = await start(t)
  const { id } = await ada.place()
  const read = async () => (await ada.get(`/orders/${id}`)).headers.etag

  const first = [await read(), await read()]
  await ada.patch(`/orders/${id}`, { payload: { quantity: 2 } })
  const changed = await read()
  await ada.post(`/orders/${id}/cancel`)
  const cancelled = await read()

  t.assert.match(String(first[0]), /^"[!#-~]+"$/)
  t.assert.equal(first[1], first[0])
  t.assert.equal(new Set([first[0], changed, cancelled]).size, 3)
})

const conditions: [string, number][] = [
  ['"v2"', 200],
  ['*', 200],
  ['"v1", "v2"', 200],
  ['"v1"', 412],
  ['"v3"', 412],
  ['W/"v2"', 412],
  ['"other"', 412],
  ['nonsense', 412]
]

test('H4 changes an order with an if-match that names its version strongly, and no other', async (t) => {
  const { ada } = await start(t)

  for (const [ifMatch, status] of conditions) {
    const { id } = await ada.place()
    await ada.patch(`/orders/${id}`, { payload: { quantity: 2 } })
    const response = await ada.patch(`/orders/${id}`, {
      payload: { quantity: 3 },
      headers: { 'if-match': ifMatch }
    })

    t.assert.equal(response.statusCode, status, ifMatch)
    t.assert.equal((await ada.get(`/orders/${id}`)).json().quantity, status === 200 ? 3 : 2)
  }
})

test('H4 lets one of two changes with the same etag through, on whichever replica', async (t) => {
  const { ada, url } = await start(t)
  const { app: other } = await startReplica(t, url)

  for (let round = 0; round < 10; round += 1) {
    const { id } = await ada.place()
    const headers = { ...ada.headers, 'if-match': '"v1"' }
    const answers = await Promise.all([
      ada.patch(`/orders/${id}`, { payload: { quantity: 2 }, headers }),
      other.inject({ method: 'PATCH', url: `/orders/${id}`, payload: { quantity: 3 }, headers })
    ])

    const statuses = answers.map(({ statusCode }) => statusCode)
    t.assert.deepEqual(statuses.toSorted(), [200, 412])
  }
})

test('answers 409, not 412, to a stale change of an order that cannot change any more', async (t) => {
  const { ada } = await start(t)
  const { id } = await ada.place()
  await ada.post(`/orders/${id}/cancel`)

  const response = await ada.patch(`/orders/${id}`, {
    payload: { quantity: 3 },
    headers: { 'if-match': '"v1"' }
  })

  t.assert.equal(response.statusCode, 409)
})

test('answers 304 without a body to a reader who has the order', async (t) => {
  const { ada } = await start(t)
  const { id } = await ada.place()
  const headers = { 'if-none-match': 'W/"v1"' }

  const get = await ada.get(`/orders/${id}`, { headers })
  const head = await ada.head(`/orders/${id}`, { headers })
  await ada.patch(`/orders/${id}`, { payload: { quantity: 2 } })
  const changed = await ada.get(`/orders/${id}`, { headers })

  t.assert.deepEqual([get.statusCode, head.statusCode, changed.statusCode], [304, 304, 200])
  t.assert.equal(get.body, '')
  t.assert.equal(get.headers.etag, '"v1"')
})
