import { type TestContext, test } from 'node:test'
import { sample, startOrders, startReplica, userOf } from './start-orders.ts'

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

test('H15 changes an order with an if-match that names its version strongly, and no other', async (t) => {
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

test('H15 lets one of two changes with the same etag through, on whichever replica', async (t) => {
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

test('H15 cancels and ships under the same conditions, and answers the etag since', async (t) => {
  const { app, ada } = await start(t)
  const admin = userOf(app, 'admin')

  for (const [end, user] of [['cancel', ada] as const, ['ship', admin] as const]) {
    const { id } = await ada.place()
    const ask = async (headers: Record<string, string>) =>
      user.post(`/orders/${id}/${end}`, { headers })
    const stale = [await ask({ 'if-match': '"v2"' }), await ask({ 'if-none-match': '"v1"' })]
    const done = await ask({ 'if-match': '"v1"', 'if-none-match': '"v2"' })

    t.assert.deepEqual(
      stale.map(({ statusCode }) => statusCode),
      [412, 412]
    )
    t.assert.equal(done.statusCode, 200)
    t.assert.equal(done.headers.etag, '"v2"')
  }
})

test('H15 changes nothing under an if-none-match that names what is there', async (t) => {
  const { ada } = await start(t)
  const { id } = await ada.place()
  const change = async (ifNoneMatch: string) =>
    ada.patch(`/orders/${id}`, {
      payload: { quantity: 2 },
      headers: { 'if-none-match': ifNoneMatch }
    })

  const refused = [await change('*'), await change('W/"v1"')]
  const done = await change('"v2"')

  t.assert.deepEqual(
    refused.map(({ statusCode }) => statusCode),
    [412, 412]
  )
  t.assert.equal(refused[0]?.json().type, '/problems/stale-etag')
  t.assert.equal(done.statusCode, 200)
})

test('H16 places no second order, and repeats no answer, with if-none-match: *', async (t) => {
  const { ada } = await start(t)
  const headers = { 'idempotency-key': 'k1', 'if-none-match': '*' }

  const first = await ada.post('/orders', { payload: sample, headers })
  const again = await ada.post('/orders', { payload: sample, headers })
  const other = await ada.post('/orders', { payload: { ...sample, quantity: 2 }, headers })

  t.assert.deepEqual(
    [first, again, other].map(({ statusCode }) => statusCode),
    [201, 412, 422]
  )
  t.assert.equal(again.json().type, '/problems/order-exists')
  t.assert.equal((await ada.get('/orders')).json().length, 1)
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

  const any = await ada.get(`/orders/${id}`, { headers: { 'if-none-match': '*' } })

  t.assert.deepEqual([get.statusCode, head.statusCode, changed.statusCode], [304, 304, 200])
  t.assert.equal(any.statusCode, 304)
  t.assert.equal(get.body, '')
  t.assert.equal(get.headers.etag, '"v1"')
})
