import { type TestContext, test } from 'node:test'
import { sample, startOrders, userOf } from './start-orders.ts'

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

async function start(t: TestContext) {
  const { app } = await startOrders(t)
  return { app, ada: userOf(app), bob: userOf(app), admin: userOf(app, 'admin') }
}

test('places an order', async (t) => {
  const { ada } = await start(t)

  const response = await ada.post('/orders', { payload: { ...sample, quantity: 3 } })

  t.assert.equal(response.statusCode, 201)
  const { id, created_at, updated_at, ...order } = response.json()
  t.assert.deepEqual(order, { ...sample, quantity: 3, status: 'placed', created_by: ada.id })
  t.assert.match(id, uuid7)
  t.assert.match(created_at, instant)
  t.assert.equal(updated_at, created_at)
  t.assert.equal(response.headers.location, `/orders/${id}`)
  t.assert.equal(response.headers.etag, '"v1"')
  t.assert.equal('idempotency-replayed' in response.headers, false)
})

test('places one piece where no quantity is given', async (t) => {
  const { ada } = await start(t)

  const response = await ada.post('/orders', { payload: sample })

  t.assert.equal(response.statusCode, 201)
  t.assert.equal(response.json().quantity, 1)
})

test('reads what was placed, whatever characters it has', async (t) => {
  const { ada } = await start(t)
  const item = `Café ☕ '"; drop table orders; -- \n\t${'😀'.repeat(150)}`
  const placed = await ada.place({ item })

  const response = await ada.get(`/orders/${placed.id}`)

  t.assert.equal(response.statusCode, 200)
  t.assert.equal(response.json().item, item)
  t.assert.deepEqual(response.json(), placed)
})

test('changes a placed order, and leaves alone what is not given', async (t) => {
  const { ada } = await start(t)
  const placed = await ada.place({ quantity: 2 })

  const response = await ada.patch(`/orders/${placed.id}`, { payload: { item: 'Lock' } })

  t.assert.equal(response.statusCode, 200)
  const { updated_at, ...changed } = response.json()
  const { updated_at: _, ...expected } = placed
  t.assert.deepEqual(changed, { ...expected, item: 'Lock' })
  t.assert.equal(updated_at >= placed.created_at, true)
  t.assert.equal(response.headers.etag, '"v2"')
})

test('cancels a placed order', async (t) => {
  const { ada } = await start(t)
  const { id } = await ada.place()

  const response = await ada.post(`/orders/${id}/cancel`)

  t.assert.equal(response.statusCode, 200)
  t.assert.equal(response.json().status, 'cancelled')
})

test('ships a placed order for an admin, whoever placed it', async (t) => {
  const { ada, admin } = await start(t)
  const { id } = await ada.place()

  const response = await admin.post(`/orders/${id}/ship`)

  t.assert.equal(response.statusCode, 200)
  t.assert.equal(response.json().status, 'shipped')
  t.assert.equal(response.json().created_by, ada.id)
})

for (const end of ['ship', 'cancel']) {
  test(`refuses to change, cancel or ship an order after ${end}`, async (t) => {
    const { admin } = await start(t)
    const { id } = await admin.place()
    await admin.post(`/orders/${id}/${end}`)

    const patch = await admin.patch(`/orders/${id}`, { payload: { quantity: 2 } })
    const cancel = await admin.post(`/orders/${id}/cancel`)
    const ship = await admin.post(`/orders/${id}/ship`)

    t.assert.deepEqual(
      [patch, cancel, ship].map(({ statusCode }) => statusCode),
      [409, 409, 409]
    )
    t.assert.equal(patch.json().type, '/problems/order-not-changeable')
    t.assert.equal(cancel.json().type, '/problems/order-not-cancellable')
    t.assert.equal(ship.json().type, '/problems/order-not-shippable')
    const { status, quantity } = (await admin.get(`/orders/${id}`)).json()
    t.assert.deepEqual(
      { status, quantity },
      { status: end === 'ship' ? 'shipped' : 'cancelled', quantity: 1 }
    )
  })
}

test('lets one of cancel and ship win where they come at once', async (t) => {
  const { admin } = await start(t)

  for (let round = 0; round < 10; round += 1) {
    const { id } = await admin.place()
    const answers = await Promise.all(
      ['cancel', 'ship', 'cancel', 'ship'].map((end) => admin.post(`/orders/${id}/${end}`))
    )

    const won = answers.filter(({ statusCode }) => statusCode === 200)
    t.assert.equal(won.length, 1)
    t.assert.equal(answers.filter(({ statusCode }) => statusCode === 409).length, 3)
    t.assert.equal((await admin.get(`/orders/${id}`)).json().status, won[0]?.json().status)
  }
})

test('E2 answers for the order of another as for none', async (t) => {
  const { ada, bob } = await start(t)
  const { id } = await ada.place()
  const missing = id.replace(/^.{8}/, '00000000')
  const answersFor = async (path: string) => {
    const answers = await Promise.all([
      bob.get(`/orders/${path}`),
      bob.patch(`/orders/${path}`, { payload: { quantity: 9 } }),
      bob.patch(`/orders/${path}`, { payload: { quantity: 9 }, headers: { 'if-match': '"v1"' } }),
      bob.post(`/orders/${path}/cancel`)
    ])
    return answers.map((answer) => {
      const { request_id, ...body } = answer.json()
      return { status: answer.statusCode, body, etag: answer.headers.etag }
    })
  }

  const [foreign, none] = await Promise.all([answersFor(id), answersFor(missing)])

  t.assert.deepEqual(
    foreign.map(({ status }) => status),
    [404, 404, 404, 404]
  )
  t.assert.deepEqual(foreign, none)
  t.assert.equal((await ada.get(`/orders/${id}`)).headers.etag, '"v1"')
})

test('E2 shows an admin the order of another, and lets only its owner change or cancel it', async (t) => {
  const { ada, admin } = await start(t)
  const { id } = await ada.place()

  const read = await admin.get(`/orders/${id}`)
  const patch = await admin.patch(`/orders/${id}`, { payload: { quantity: 9 } })
  const cancel = await admin.post(`/orders/${id}/cancel`)

  t.assert.equal(read.statusCode, 200)
  t.assert.deepEqual([patch.statusCode, cancel.statusCode], [404, 404])
})

test('refuses to ship for anyone but an admin, own order or none', async (t) => {
  const { ada } = await start(t)
  const { id } = await ada.place()

  const answers = await Promise.all([ada.post(`/orders/${id}/ship`), ada.post('/orders/1/ship')])

  t.assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [403, 403]
  )
  t.assert.equal((await ada.get(`/orders/${id}`)).json().status, 'placed')
})

test('answers 404 to an admin who ships an order that is not there', async (t) => {
  const { admin } = await start(t)

  const response = await admin.post(`/orders/${admin.id}/ship`)

  t.assert.equal(response.statusCode, 404)
})
