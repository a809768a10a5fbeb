import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call } from './client.ts'

test('the first page says what runs here and links the documentation', async () => {
  const { status, headers, text } = await call('GET', '/', { headers: { accept: 'text/html' } })

  assert.equal(status, 200)
  assert.match(headers.get('content-type') ?? '', /^text\/html/)
  assert.match(text, /Gatehouse/)
  assert.match(text, /href="\/docs"/)
})

test('the first page is JSON to a program', async () => {
  const { status, body } = await call('GET', '/', { headers: { accept: 'application/json' } })

  assert.equal(status, 200)
  assert.match(JSON.stringify(body), /\/openapi\.json/)
})

test('the gateway is live, and tells which services are up', async () => {
  const live = await call('GET', '/health/live')
  const ready = await call('GET', '/health/ready')

  assert.equal(live.status, 200)
  assert.equal(ready.status, 200)
  assert.deepEqual(ready.body.checks, { users: 'up', orders: 'up' })
})
