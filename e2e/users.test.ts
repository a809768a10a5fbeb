import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoAdmin, newAccount, register, unique } from './accounts.ts'
import { call } from './client.ts'

const { token } = demoAdmin
const userFields = 'created_at created_by email full_name id updated_at user_type username'.split(
  ' '
)

test('E5 a user reads as its public fields, and never a hash', async () => {
  const body = { username: unique('e2e'), password: unique('pass'), full_name: 'Ada Gate' }

  const created = await call('POST', '/api/users', { token, body })

  assert.equal(created.status, 201)
  assert.deepEqual(Object.keys(created.body).sort(), userFields)
  const location = created.headers.get('location') ?? ''
  const found = await call('GET', location, { token })
  assert.equal(found.status, 200, location)
  assert.deepEqual(found.body, created.body)
})

test('refuses a username that is taken, whatever its case', async () => {
  const { username } = await register()
  const body = { username: username.toUpperCase(), password: unique('pass') }

  const { status } = await call('POST', '/api/users', { token, body })

  assert.equal(status, 409)
})

test('E4 refuses fields that a caller has no say in', async () => {
  const fields = ['id', 'role', 'created_by', 'password_hash', '__proto__']
  for (const field of fields) {
    const body = `{"username":"${unique('e2e')}","password":"long enough","${field}":"x"}`

    const { status, text } = await call('POST', '/api/users', { token, body })

    assert.equal(status, 400, `${field}: ${text}`)
  }
})

test('lists users in pages that link to the next', async () => {
  await register()

  const first = await call('GET', '/api/users?limit=1', { token })

  assert.equal(first.status, 200)
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  assert.match(next, /^\/api\/users\?/)
  const second = await call('GET', next, { token })
  assert.equal(second.status, 200)
  assert.notDeepEqual(JSON.parse(second.text), JSON.parse(first.text))
})

test('finds a user by a part of the name', async () => {
  const { username, id } = await register()

  const { status, text } = await call('GET', `/api/users?q=${username}`, { token })

  assert.equal(status, 200)
  assert.deepEqual(
    JSON.parse(text).map((user: { id: string }) => user.id),
    [id]
  )
})

test('B10 a deleted user is signed out and cannot log in', async () => {
  const { id, username, password, token: theirs } = await newAccount()

  const { status } = await call('DELETE', `/api/users/${id}`, { token })

  assert.equal(status, 204)
  assert.equal((await call('POST', '/api/login', { body: { username, password } })).status, 401)
  await signedOut(theirs)
})

/** Waits for at most 5 s, the bound of PROMISES B10, until a token is refused. */
async function signedOut(theirs: string) {
  const signal = AbortSignal.timeout(5000)
  while ((await call('GET', '/api/me', { token: theirs })).status !== 401)
    if (signal.aborted) assert.fail('B10 the token of a deleted user works for more than 5 s')
}

test('a demo account is protected', async () => {
  const { body: admin } = await call('GET', '/api/me', { token })

  const { status } = await call('DELETE', `/api/users/${admin.id}`, { token })

  assert.equal(status, 403)
})

test('an admin changes a user, and absent fields stay', async () => {
  const { id } = await register()
  const path = `/api/users/${id}`
  const email = `${unique('ada')}@example.org`
  await call('PATCH', path, { token, body: { email } })

  const { status, body } = await call('PUT', path, { token, body: { full_name: 'Ada' } })

  assert.equal(status, 200)
  assert.deepEqual([body.email, body.full_name], [email, 'Ada'])
})
