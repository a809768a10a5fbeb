import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { startAlone, startOrders, userOf } from './start-orders.ts'

interface Listed {
  id: string
  item: string
}

async function start(t: TestContext, startApp = startOrders) {
  const { app } = await startApp(t)
  return { ada: userOf(app), bob: userOf(app), admin: userOf(app, 'admin') }
}

type User = ReturnType<typeof userOf>

async function placeMany(user: User, count: number): Promise<Listed[]> {
  const placed: Listed[] = []
  for (let n = 1; n <= count; n += 1) placed.push(await user.place({ item: `Item ${n}` }))
  return placed.toSorted((a, b) => (a.id < b.id ? 1 : -1))
}

/** Follows the `next` links from `url` to the end. */
async function pagesFrom(user: User, url: string): Promise<Listed[][]> {
  const pages: Listed[][] = []
  for (let next: string | undefined = url; next; ) {
    const response = await user.get(next)
    pages.push(response.json())
    next = /^<([^>]+)>; rel="next"$/.exec(String(response.headers.link))?.[1]
  }
  return pages
}

test('lists own orders only, newest first', async (t) => {
  const { ada, bob } = await start(t)
  const placed = await placeMany(ada, 3)
  await bob.place()

  const response = await ada.get('/orders')

  t.assert.equal(response.statusCode, 200)
  t.assert.deepEqual(response.json(), placed)
  t.assert.equal('link' in response.headers, false)
})

test('lists nothing for a user without orders', async (t) => {
  const { ada } = await start(t)

  const response = await ada.get('/orders')

  t.assert.equal(response.statusCode, 200)
  t.assert.deepEqual(response.json(), [])
})

test('gives every order once over all pages, although new ones arrive', async (t) => {
  const { ada } = await start(t)
  const placed = await placeMany(ada, 7)
  const first = await ada.get('/orders?limit=3&status=placed')
  await ada.place({ item: 'late' })

  const [, next = ''] = /^<([^>]+)>/.exec(String(first.headers.link)) ?? []
  const pages = [first.json(), ...(await pagesFrom(ada, next))]

  t.assert.equal(first.statusCode, 200)
  t.assert.deepEqual(
    pages.map(({ length }) => length),
    [3, 3, 1]
  )
  t.assert.deepEqual(pages.flat(), placed)
})

test('links no page after the last, even where it is full', async (t) => {
  const { ada } = await start(t)
  const placed = await placeMany(ada, 4)

  const pages = await pagesFrom(ada, '/orders?limit=2')

  t.assert.deepEqual(pages, [placed.slice(0, 2), placed.slice(2)])
})

test('filters by status', async (t) => {
  const { ada } = await start(t)
  const [, middle] = await placeMany(ada, 3)
  await ada.post(`/orders/${middle?.id}/cancel`)
  const countOf = async (status: string) =>
    (await ada.get(`/orders?status=${status}`)).json().length

  const counts = await Promise.all(['placed', 'cancelled', 'shipped'].map(countOf))

  t.assert.deepEqual(counts, [2, 1, 0])
})

test('lists the orders of anyone, or of all, for an admin', async (t) => {
  const { ada, bob, admin } = await start(t, startAlone)
  await placeMany(ada, 2)
  await bob.place()
  await admin.place()
  const ownersOf = async (query: string) => {
    const pages = await pagesFrom(admin, `/orders?limit=2${query}`)
    return pages.flat().map((order) => (order as unknown as { created_by: string }).created_by)
  }

  const [own, adas, nobodys, all] = await Promise.all(
    ['', `&created_by=${ada.id}`, `&created_by=${randomUUID()}`, '&created_by=all'].map(ownersOf)
  )

  t.assert.deepEqual(own, [admin.id])
  t.assert.deepEqual(adas, [ada.id, ada.id])
  t.assert.deepEqual(nobodys, [])
  t.assert.deepEqual(all, [admin.id, bob.id, ada.id, ada.id])
})

test('E2 refuses a user the list of another or of all', async (t) => {
  const { ada, bob } = await start(t)

  const another = await ada.get(`/orders?created_by=${bob.id}`)
  const all = await ada.get('/orders?created_by=all')
  const own = await ada.get(`/orders?created_by=${ada.id}`)

  t.assert.deepEqual(
    [another, all, own].map(({ statusCode }) => statusCode),
    [403, 403, 200]
  )
})

test("E2 takes no order of another's list by its cursor", async (t) => {
  const { ada, bob } = await start(t)
  await placeMany(ada, 3)
  const first = await ada.get('/orders?limit=1')
  const [, next = ''] = /^<([^>]+)>/.exec(String(first.headers.link)) ?? []

  const response = await bob.get(next)

  t.assert.equal(response.statusCode, 200)
  t.assert.deepEqual(response.json(), [])
})
