import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { demoAdmin, newAccount, newOrder } from './accounts.ts'
import { call } from './client.ts'

const owner = await newAccount()
const { token } = owner
const body = { item: 'Lantern', address: '1 Gate Lane', quantity: 2 }

test('an order is placed, read, changed and cancelled', async () => {
  const placed = await call('POST', '/api/orders', { token, body })
  assert.equal(placed.status, 201)
  const path = placed.headers.get('location') ?? ''

  const read = await call('GET', path, { token })
  assert.equal(read.status, 200, path)
  assert.deepEqual(read.body, { ...placed.body, ...body, status: 'placed', created_by: owner.id })

  const changed = await call('PATCH', path, { token, body: { quantity: 3 } })
  assert.equal(changed.status, 200)
  assert.equal(changed.body.quantity, 3)

  const cancelled = await call('POST', `${path}/cancel`, { token })
  assert.equal(cancelled.status, 200)
  assert.equal(cancelled.body.status, 'cancelled')
  assert.equal((await call('POST', `${path}/cancel`, { token })).status, 409)
  assert.equal((await call('PATCH', path, { token, body: { quantity: 4 } })).status, 409)
})

test('a shipped order is shipped once, and cannot be cancelled', async () => {
  const path = `/api/orders/${await newOrder(owner)}`

  const { status } = await call('POST', `${path}/ship`, { token: demoAdmin.token })

  assert.equal(status, 200)
  assert.equal((await call('POST', `${path}/ship`, { token: demoAdmin.token })).status, 409)
  assert.equal((await call('POST', `${path}/cancel`, { token })).status, 409)
})

test('H4 a change under a stale etag is refused', async () => {
  const path = `/api/orders/${await newOrder(owner)}`
  const etag = (await call('GET', path, { token })).headers.get('etag') ?? ''
  const headers = { 'if-match': etag }

  const first = await call('PATCH', path, { token, headers, body: { quantity: 2 } })
  const second = await call('PATCH', path, { token, headers, body: { quantity: 3 } })

  assert.equal(first.status, 200)
  assert.equal(second.status, 412)
})

test('H1 an idempotency-key places one order, and refuses another body', async () => {
  const headers = { 'idempotency-key': randomUUID() }

  const first = await call('POST', '/api/orders', { token, headers, body })
  const again = await call('POST', '/api/orders', { token, headers, body })
  const other = await call('POST', '/api/orders', {
    token,
    headers,
    body: { ...body, quantity: 9 }
  })

  assert.equal(first.status, 201)
  assert.equal(again.status, 201)
  assert.deepEqual(again.body, first.body)
  assert.equal(other.status, 422)
})

test('lists own orders, newest first, in pages and by status', async () => {
  const reader = await newAccount()
  const ids = [await newOrder(reader), await newOrder(reader), await newOrder(reader)]
  await call('POST', `/api/orders/${ids[0]}/cancel`, { token: reader.token })
  const list = async (path: string) => {
    const { status, text, headers } = await call('GET', path, { token: reader.token })
    assert.equal(status, 200, text)
    const next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    return { ids: (JSON.parse(text) as { id: string }[]).map(({ id }) => id), next }
  }

  const first = await list('/api/orders?limit=2')
  const second = await list(first.next ?? '/api/orders?no-next-page')

  assert.deepEqual([...first.ids, ...second.ids], ids.toReversed())
  assert.equal(second.next, undefined)
  assert.deepEqual((await list('/api/orders?status=cancelled')).ids, [ids[0]])
})

test('an admin lists the orders of a user, and others may not', async () => {
  const id = await newOrder(owner)
  const path = `/api/orders?created_by=${owner.id}&limit=1`
  const stranger = await newAccount()

  const seen = await call('GET', path, { token: demoAdmin.token })
  const refused = await call('GET', path, { token: stranger.token })

  assert.equal(seen.status, 200)
  assert.equal(JSON.parse(seen.text)[0].id, id)
  assert.equal(refused.status, 403)
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
