import { type TestContext, test } from 'node:test'
import { callerHeaders } from '@gatehouse/service-kit/testing'
import { sample, startOrders, userOf } from './start-orders.ts'

async function start(t: TestContext) {
  const { app } = await startOrders(t)
  return { app, ada: userOf(app), admin: userOf(app, 'admin') }
}

const pointersOf = (body: { errors?: { pointer: string }[] }) =>
  (body.errors ?? []).map(({ pointer }) => pointer).toSorted()

test('refuses bodies that are no order, naming each fault', async (t) => {
  const { ada } = await start(t)
  const cases: [object | string, string[]][] = [
    [{}, ['#/body/address', '#/body/item']],
    [[], ['#/body']],
    [{ ...sample, item: '' }, ['#/body/item']],
    [{ ...sample, item: ' \t\n\u00a0\u3000' }, ['#/body/item']],
    [{ ...sample, address: '   ' }, ['#/body/address']],
    [{ ...sample, item: 'a\u0000b' }, ['#/body/item']],
    [{ ...sample, address: '\u0000' }, ['#/body/address']],
    [{ ...sample, item: '\ud800' }, ['#/body/item']],
    [{ ...sample, item: 'a'.repeat(201) }, ['#/body/item']],
    [{ ...sample, address: 'a'.repeat(501) }, ['#/body/address']],
    [{ ...sample, item: 5 }, ['#/body/item']],
    [{ ...sample, item: null }, ['#/body/item']],
    [{ ...sample, item: ['a'] }, ['#/body/item']],
    ...[0, -1, 1001, 1.5, '2', true, null, 1e308].map((quantity): [object, string[]] => [
      { ...sample, quantity },
      ['#/body/quantity']
    ])
  ]

  for (const [payload, pointers] of cases) {
    const response = await ada.post('/orders', { payload })

    t.assert.equal(response.statusCode, 400)
    t.assert.deepEqual(pointersOf(response.json()), pointers)
  }
  t.assert.deepEqual((await ada.get('/orders')).json(), [])
})

const foreign = [
  'id',
  'status',
  'created_by',
  'created_at',
  'updated_at',
  'version',
  'key',
  'price'
]

test('E4 refuses fields that are not the client to set, and changes nothing', async (t) => {
  const { ada } = await start(t)
  const placed = await ada.place()

  for (const field of foreign) {
    const post = await ada.post('/orders', { payload: { ...sample, [field]: placed.id } })
    const patch = await ada.patch(`/orders/${placed.id}`, { payload: { item: 'Lock', [field]: 2 } })

    t.assert.deepEqual([post.statusCode, patch.statusCode], [400, 400])
    t.assert.deepEqual(pointersOf(post.json()), [`#/body/${field}`])
  }
  t.assert.deepEqual((await ada.get('/orders')).json(), [placed])
})

test('E4 refuses __proto__ and constructor', async (t) => {
  const { ada } = await start(t)
  const headers = { 'content-type': 'application/json' }

  for (const field of [
    '"__proto__":{"a":1}',
    '"constructor":{"prototype":{"a":1}}',
    '"constructor":1'
  ]) {
    const payload = `{"item":"Lock","address":"Here",${field}}`
    const response = await ada.post('/orders', { payload, headers })

    t.assert.equal(response.statusCode, 400)
  }
})

test('refuses a change that changes nothing or is not valid', async (t) => {
  const { ada } = await start(t)
  const { id } = await ada.place()

  for (const payload of [{}, { item: ' ' }, { quantity: 0 }, { address: null }, []]) {
    const response = await ada.patch(`/orders/${id}`, { payload })

    t.assert.equal(response.statusCode, 400)
  }
  t.assert.equal((await ada.get(`/orders/${id}`)).headers.etag, '"v1"')
})

test('E3 resolves the canonical id only', async (t) => {
  const { ada } = await start(t)
  const { id } = await ada.place()
  const others = [
    ...['1', '01', '1.0', '1e0', '%201', '+1', '0x1', '1%00', '[1]', '9223372036854775808'],
    ...[id.toUpperCase(), `{${id}}`, `urn:uuid:${id}`, id.replaceAll('-', ''), `${id}%00`],
    ...[`%20${id}`, `${id}%20`, `${id}%0a`, `${id},${id}`, `${id}%2f`, id.replace(/.$/, '%67')]
  ]

  for (const other of others) {
    const get = await ada.get(`/orders/${other}`)
    const cancel = await ada.post(`/orders/${other}/cancel`)

    t.assert.deepEqual([get.statusCode, cancel.statusCode], [400, 400])
  }
  t.assert.equal((await ada.get(`/orders/${id}`)).json().status, 'placed')
})

test('E6 E7 refuses query parameters that nobody reads, or that come twice', async (t) => {
  const { ada, admin } = await start(t)
  const { id } = await ada.place()
  const queries = ['user_id=2', 'include=user', 'limit=1000000', 'limit=-1', 'limit=0', 'limit=1.5']
  queries.push('limit=', 'sort=created_by', 'status=lost', 'status=', 'cursor=x', 'cursor=')
  queries.push('created_by=', 'created_by=1', 'created_by=ALL', 'limit=1&limit=2')
  queries.push('status=placed&status=shipped', 'created_by=all&created_by=all', 'status[]=placed')

  for (const query of queries) {
    const response = await admin.get(`/orders?${query}`)
    t.assert.equal(response.statusCode, 400)
  }
  const others = await Promise.all([
    ada.get(`/orders/${id}?id=1&id=2`),
    ada.patch(`/orders/${id}?id=${id}`, { payload: { quantity: 2 } }),
    ada.post(`/orders/${id}/cancel?force=true`),
    ada.post('/orders?created_by=me', { payload: sample })
  ])
  t.assert.deepEqual(
    others.map(({ statusCode }) => statusCode),
    [400, 400, 400, 400]
  )
})

test('E8 knows no method override', async (t) => {
  const { ada } = await start(t)
  const { id } = await ada.place()
  const headers = { 'x-http-method-override': 'PATCH' }

  const response = await ada.post(`/orders/${id}`, { headers, payload: { quantity: 2 } })

  t.assert.equal(response.statusCode, 405)
  t.assert.equal(response.headers.allow, 'GET, HEAD, PATCH')
})

test('A7 A8 answers 401 to every route without a user, or without the gateway', async (t) => {
  const { app, ada } = await start(t)
  const { id } = await ada.place()
  const claimed = { 'request-user-id': ada.id, 'request-user-type': 'admin' }
  const routes = [
    ['POST', '/orders'],
    ['GET', '/orders'],
    ['HEAD', '/orders'],
    ['GET', `/orders/${id}`],
    ['PATCH', `/orders/${id}`],
    ['POST', `/orders/${id}/cancel`],
    ['POST', `/orders/${id}/ship`]
  ] as const

  for (const [method, url] of routes) {
    for (const headers of [{}, claimed, callerHeaders(), { ...callerHeaders(), ...claimed }]) {
      const response = await app.inject({ method, url, headers })

      t.assert.equal(response.statusCode, 401)
    }
  }
})

test('K10 notes who asks for the order of another, and nothing where there is none', async (t) => {
  const { app, audited } = await startOrders(t)
  const [ada, bob] = [userOf(app), userOf(app)]
  const { id } = await ada.place()
  const asked = { headers: { 'x-forwarded-for': '192.0.2.7' } }

  const hidden = await bob.get(`/orders/${id}`, asked)
  await bob.patch(`/orders/${id}`, { ...asked, payload: { item: 'Mine' } })
  await bob.get('/orders/01900000-0000-7000-8000-000000000000', asked)

  t.assert.equal(hidden.statusCode, 404)
  t.assert.doesNotMatch(hidden.body, /owner/)
  const lines = audited('access').map(
    ({ time: _, level, service, msg, request_id, ...rest }) => rest
  )
  const line = { audit: 'access', result: 'refused', reason: 'not-owner' }
  const who = { user_id: bob.id, ip: '192.0.2.7', route: '/orders/:id' }
  t.assert.deepEqual(lines, [
    { ...line, ...who, method: 'GET' },
    { ...line, ...who, method: 'PATCH' }
  ])
})

test('K10 notes who asks for what only an admin may', async (t) => {
  const { app, audited } = await startOrders(t)
  const ada = userOf(app)

  const response = await ada.get('/orders?created_by=all')

  t.assert.equal(response.statusCode, 403)
  const [line, ...others] = audited('access')
  t.assert.deepEqual(others, [])
  t.assert.deepEqual([line.result, line.reason, line.user_id], ['refused', 'not-allowed', ada.id])
  t.assert.equal(line.request_id, response.json().request_id)
})
