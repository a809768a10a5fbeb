import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { sample, startOrders, userOf } from './start-orders.ts'

async function start(t: TestContext) {
  const { app, client } = await startOrders(t)
  return { app, client, ada: userOf(app), bob: userOf(app), admin: userOf(app, 'admin') }
}

type User = ReturnType<typeof userOf>

interface Change {
  id: string
  version: number
  action: string
  changed_by: string
  request_id: string
  changes: object[]
  created_at: string
}

async function historyOf(reader: User, id: string): Promise<Change[]> {
  return (await reader.get(`/orders/${id}/history`)).json()
}

test('H8 tells each change of an order, newest first: who made it, when, by which request, and what changed', async (t: TestContext) => {
  const { ada, admin } = await start(t)
  const asked = (request_id: string) => ({ headers: { 'request-id': request_id } })
  const { id, created_at } = (await ada.post('/orders', { payload: sample, ...asked('r1') })).json()
  await ada.patch(`/orders/${id}`, { payload: { quantity: 2, item: sample.item }, ...asked('r2') })
  const shipped = (await admin.post(`/orders/${id}/ship`, asked('r3'))).json()

  const response = await ada.get(`/orders/${id}/history`)

  t.assert.equal(response.statusCode, 200)
  const told = response.json<Change[]>().map(({ id: _, created_at: __, ...change }) => change)
  const placed = Object.entries({ ...sample, quantity: 1, status: 'placed' })
  t.assert.deepEqual(told, [
    {
      version: 3,
      action: 'shipped',
      changed_by: admin.id,
      request_id: 'r3',
      changes: [{ field: 'status', from: 'placed', to: 'shipped' }]
    },
    {
      version: 2,
      action: 'changed',
      changed_by: ada.id,
      request_id: 'r2',
      changes: [{ field: 'quantity', from: 1, to: 2 }]
    },
    {
      version: 1,
      action: 'placed',
      changed_by: ada.id,
      request_id: 'r1',
      changes: placed.map(([field, to]) => ({ field, from: null, to }))
    }
  ])
  const times = response.json<Change[]>().map((change) => change.created_at)
  t.assert.deepEqual(times, times.toSorted().reverse())
  t.assert.ok(times.every((time) => time >= created_at && time <= shipped.updated_at))
})

test('H8 has one entry for each version, whatever comes at once and is refused', async (t: TestContext) => {
  const { ada, admin } = await start(t)
  const { id } = await ada.place()

  const patches = Array.from({ length: 10 }, (_, n) =>
    ada.patch(`/orders/${id}`, { payload: { quantity: n + 2 } })
  )
  const ends = ['cancel', 'ship', 'cancel'].map((end) =>
    (end === 'ship' ? admin : ada).post(`/orders/${id}/${end}`)
  )
  const answers = await Promise.all([...patches, ...ends])
  await ada.patch(`/orders/${id}`, { payload: { quantity: 1 }, headers: { 'if-match': '"v1"' } })

  const made = answers.filter(({ statusCode }) => statusCode === 200)
  const history = await historyOf(ada, id)
  const { etag } = (await ada.get(`/orders/${id}`)).headers
  t.assert.equal(history.length, made.length + 1)
  t.assert.deepEqual(
    history.map(({ version }) => version),
    history.map((_, index) => history.length - index)
  )
  t.assert.equal(etag, `"v${history.length}"`)
})

test('H8 adds nothing where a repeated request gets the first answer again', async (t: TestContext) => {
  const { ada } = await start(t)
  const keyed = { payload: sample, headers: { 'idempotency-key': randomUUID() } }
  const { id } = (await ada.post('/orders', keyed)).json()

  const again = await ada.post('/orders', keyed)

  t.assert.equal(again.headers['idempotency-replayed'], 'true')
  t.assert.equal((await historyOf(ada, id)).length, 1)
})

test('E2 shows the history of an order to its owner and to admins, and to others as if there were none', async (t: TestContext) => {
  const { ada, bob, admin } = await start(t)
  const { id } = await ada.place()

  const [own, any, foreign, none] = await Promise.all([
    ada.get(`/orders/${id}/history`),
    admin.get(`/orders/${id}/history`),
    bob.get(`/orders/${id}/history`),
    bob.get(`/orders/${randomUUID()}/history`)
  ])

  t.assert.deepEqual([own.statusCode, any.statusCode], [200, 200])
  t.assert.deepEqual(any.json(), own.json())
  t.assert.deepEqual([foreign.statusCode, none.statusCode], [404, 404])
  const told = [foreign, none].map((answer) => ({ ...answer.json<object>(), request_id: '' }))
  t.assert.deepEqual(told[0], told[1])
})

test('E6 gives a history in pages, none twice', async (t: TestContext) => {
  const { ada } = await start(t)
  const { id } = await ada.place()
  for (const quantity of [2, 3, 4, 5]) await ada.patch(`/orders/${id}`, { payload: { quantity } })

  const versions: number[] = []
  for (let url = `/orders/${id}/history?limit=2`; url !== ''; ) {
    const page = await ada.get(url)
    t.assert.equal(page.statusCode, 200)
    versions.push(...page.json<Change[]>().map(({ version }) => version))
    url = /<([^>]+)>/.exec(String(page.headers.link ?? ''))?.[1] ?? ''
  }
  const refused = await ada.get(`/orders/${id}/history?limit=0`)
  const foreign = await ada.get(`/orders/${id}/history?cursor=x`)

  t.assert.deepEqual(versions, [5, 4, 3, 2, 1])
  t.assert.deepEqual([refused.statusCode, foreign.statusCode], [400, 400])
})

test('H8 refuses to rewrite a history, and forgets it with its order', async (t: TestContext) => {
  const { ada, client } = await start(t)
  const { id } = await ada.place()
  const where = { order_id: id }

  const rewriting = client.orderChange.updateMany({ where, data: { request_id: 'forged' } })

  await t.assert.rejects(rewriting, /not rewritten/)
  await client.order.delete({ where: { id } })
  t.assert.equal(await client.orderChange.count({ where }), 0)
})
