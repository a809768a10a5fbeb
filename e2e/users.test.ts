import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoAdmin, newAccount, register, unique } from './accounts.ts'
import { apiOf, bodyOf } from './client/api.ts'
import { call } from './client.ts'

const { token, api } = demoAdmin
const userFields = 'created_at created_by email full_name id updated_at user_type username'.split(
  ' '
)

/** The parameters of an operation on one user. */
const of = (id: string) => ({ params: { path: { id } } })

test('E5 a user reads as its public fields, and never a hash', async () => {
  const body = { username: unique('e2e'), password: unique('pass'), full_name: 'Ada Gate' }

  const answer = await api.POST('/api/users', { body })

  const created = bodyOf(answer, 201)
  assert.deepEqual(Object.keys(created).sort(), userFields)
  assert.equal(answer.response.headers.get('location'), `/api/users/${created.id}`)
  const found = bodyOf(await api.GET('/api/users/{id}', of(created.id)))
  assert.deepEqual(found, created)
})

test('refuses a username that is taken, whatever its case', async () => {
  const { username } = await register()
  const body = { username: username.toUpperCase(), password: unique('pass') }

  const { response } = await api.POST('/api/users', { body })

  assert.equal(response.status, 409)
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

  const first = await api.GET('/api/users', { params: { query: { limit: 1 } } })

  const users = bodyOf(first)
  assert.equal(users.length, 1)
  const next = /<([^>]+)>; rel="next"/.exec(first.response.headers.get('link') ?? '')?.[1] ?? ''
  assert.match(next, /^\/api\/users\?/)
  const second = await call('GET', next, { token })
  assert.equal(second.status, 200)
  assert.notDeepEqual(JSON.parse(second.text), users)
})

test('finds a user by a part of the name', async () => {
  const { username, id } = await register()

  const found = bodyOf(await api.GET('/api/users', { params: { query: { q: username } } }))

  assert.deepEqual(
    found.map((user) => user.id),
    [id]
  )
})

test('B10 a deleted user is signed out and cannot log in', async () => {
  const { id, username, password, api: theirs } = await newAccount()

  const { response } = await api.DELETE('/api/users/{id}', of(id))

  assert.equal(response.status, 204)
  const login = await apiOf().POST('/api/login', { body: { username, password } })
  assert.equal(login.response.status, 401)
  // For at most 5 s, the bound of guarantee B10, their token may still work.
  const signal = AbortSignal.timeout(5000)
  while ((await theirs.GET('/api/me')).response.status !== 401)
    if (signal.aborted) assert.fail('B10 the token of a deleted user works for more than 5 s')
})

test('a demo account is protected', async () => {
  const { id } = bodyOf(await api.GET('/api/me'))

  const { response } = await api.DELETE('/api/users/{id}', of(id))

  assert.equal(response.status, 403)
})

test('an admin changes a user, and absent fields stay', async () => {
  const { id } = await register()
  const email = `${unique('ada')}@example.org`
  await api.PATCH('/api/users/{id}', { ...of(id), body: { email } })

  const put = await api.PUT('/api/users/{id}', { ...of(id), body: { full_name: 'Ada' } })

  const user = bodyOf(put)
  assert.deepEqual([user.email, user.full_name], [email, 'Ada'])
})
