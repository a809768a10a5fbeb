import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { demoAdmin, newAccount, newOrder } from './accounts.ts'
import { bodyOf } from './client/api.ts'
import { call } from './client.ts'

const owner = await newAccount()
const { token, api } = owner
const body = { item: 'Lantern', address: '1 Gate Lane', quantity: 2 }

/** The parameters of an operation on one order. */
const of = (id: string) => ({ params: { path: { id } } })

test('an order is placed, read, changed and cancelled', async () => {
  const answer = await api.POST('/api/orders', { body })
  const placed = bodyOf(answer, 201)
  const { id } = placed
  assert.equal(answer.response.headers.get('location'), `/api/orders/${id}`)

  const read = bodyOf(await api.GET('/api/orders/{id}', of(id)))
  assert.deepEqual(read, { ...placed, ...body, status: 'placed', created_by: owner.id })

  const change = { ...of(id), body: { quantity: 3 } }
  assert.equal(bodyOf(await api.PATCH('/api/orders/{id}', change)).quantity, 3)

  const cancelled = bodyOf(await api.POST('/api/orders/{id}/cancel', of(id)))
  assert.equal(cancelled.status, 'cancelled')
  assert.equal((await api.POST('/api/orders/{id}/cancel', of(id))).response.status, 409)
  assert.equal((await api.PATCH('/api/orders/{id}', change)).response.status, 409)
})

test('a shipped order is shipped once, and cannot be cancelled', async () => {
  const order = of(await newOrder(owner))

  const shipped = await demoAdmin.api.POST('/api/orders/{id}/ship', order)

  assert.equal(bodyOf(shipped).status, 'shipped')
  const again = await demoAdmin.api.POST('/api/orders/{id}/ship', order)
  assert.equal(again.response.status, 409)
  assert.equal((await api.POST('/api/orders/{id}/cancel', order)).response.status, 409)
})

test('H15 a change under a stale etag is refused', async () => {
  const path = { id: await newOrder(owner) }
  const { response } = await api.GET('/api/orders/{id}', { params: { path } })
  const params = { path, header: { 'if-match': response.headers.get('etag') ?? '' } }

  const first = await api.PATCH('/api/orders/{id}', { params, body: { quantity: 2 } })
  const second = await api.PATCH('/api/orders/{id}', { params, body: { quantity: 3 } })

  assert.equal(first.response.status, 200)
  assert.equal(second.response.status, 412)
})

test('H1 an idempotency-key places one order, and refuses another body', async () => {
  const params = { header: { 'idempotency-key': randomUUID() } }

  const first = bodyOf(await api.POST('/api/orders', { params, body }), 201)
  const again = bodyOf(await api.POST('/api/orders', { params, body }), 201)
  const other = await api.POST('/api/orders', { params, body: { ...body, quantity: 9 } })

  assert.deepEqual(again, first)
  assert.equal(other.response.status, 422)
})

test('H8 the history of an order tells who changed it, by which request', async () => {
  const path = `/api/orders/${await newOrder(owner)}`
  const request_id = randomUUID()
  const headers = { 'request-id': request_id }
  await call('POST', `${path}/ship`, { token: demoAdmin.token, headers })

  const { status, text } = await call('GET', `${path}/history`, { token })

  assert.equal(status, 200)
  const [shipped, placed] = JSON.parse(text)
  assert.equal(shipped.action, 'shipped')
  assert.equal(shipped.request_id, request_id)
  assert.notEqual(shipped.changed_by, owner.id)
  assert.equal(placed.action, 'placed')
  assert.equal(placed.changed_by, owner.id)
})

test('H14 the open orders of a user who is deleted are cancelled', async () => {
  const leaver = await newAccount()
  const path = `/api/orders/${await newOrder(leaver)}`
  const { token: admin } = demoAdmin
  const { status, headers } = await call('DELETE', `/api/users/${leaver.id}`, { token: admin })
  assert.equal(status, 204)

  const read = async () => (await call('GET', path, { token: admin })).body
  const signal = AbortSignal.timeout(20_000)
  while (String((await read()).status) === 'placed') await delay(50, undefined, { signal })

  const [last] = JSON.parse((await call('GET', `${path}/history`, { token: admin })).text)
  assert.equal(last.action, 'cancelled')
  assert.equal(last.reason, 'user-deleted')
  assert.equal(last.request_id, headers.get('request-id'))
})

test('lists own orders, newest first, in pages and by status', async () => {
  const reader = await newAccount()
  const ids = [await newOrder(reader), await newOrder(reader), await newOrder(reader)]
  await reader.api.POST('/api/orders/{id}/cancel', of(ids[0] ?? ''))
  const first = await reader.api.GET('/api/orders', { params: { query: { limit: 2 } } })
  const next = /<([^>]+)>; rel="next"/.exec(first.response.headers.get('link') ?? '')?.[1]
  // The link is followed as it stands.
  const second = await call('GET', next ?? '/api/orders?no-next-page', { token: reader.token })
  const query = { status: 'cancelled' as const }
  const cancelled = await reader.api.GET('/api/orders', { params: { query } })

  assert.equal(second.status, 200, second.text)
  const rest: { id: string }[] = JSON.parse(second.text)
  const listed = [...bodyOf(first), ...rest].map(({ id }) => id)
  assert.deepEqual(listed, ids.toReversed())
  assert.equal(second.headers.get('link'), null)
  assert.deepEqual(
    bodyOf(cancelled).map(({ id }) => id),
    [ids[0]]
  )
})

test('an admin lists the orders of a user, and others may not', async () => {
  const id = await newOrder(owner)
  const params = { query: { created_by: owner.id, limit: 1 } }
  const stranger = await newAccount()

  const seen = bodyOf(await demoAdmin.api.GET('/api/orders', { params }))
  const refused = await stranger.api.GET('/api/orders', { params })

  assert.equal(seen[0]?.id, id)
  assert.equal(refused.response.status, 403)
})

test('a wrong body is answered with a pointer for each fault', async () => {
  const wrong = { item: '', quantity: 0, colour: 'red' }

  const { status, body: problem } = await call('POST', '/api/orders', { token, body: wrong })

  assert.equal(status, 400)
  const pointers = Object.values(problem.errors ?? {})
    .map(({ pointer }) => pointer)
    .join(' ')
  for (const field of ['item', 'address', 'quantity', 'colour'])
    assert.match(pointers, RegExp(field))
})

test('E3 an id that is not one is not resolved', async () => {
  for (const id of ['1', '01', '1e0', '%201', '+1', '0x1', '9223372036854775808']) {
    const { status } = await call('GET', `/api/orders/${id}`, { token })

    assert.ok([400, 404].includes(status), `${id}: ${status}`)
  }
})
