import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { adminId, endedSessions, password, startUsers, uniqueName } from './start-users.ts'

test('creates a user', async (t: TestContext) => {
  const { admin } = await startUsers(t)
  const username = uniqueName()
  const email = `${username}@Example.org`

  const response = await admin.post('/users', { username, password, email, full_name: 'Ada' })

  t.assert.equal(response.statusCode, 201)
  const { id, created_at, updated_at, ...rest } = response.json()
  t.assert.equal(response.headers.location, `/users/${id}`)
  t.assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  t.assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  t.assert.equal(updated_at, created_at)
  t.assert.deepEqual(rest, {
    username,
    email,
    full_name: 'Ada',
    user_type: 'default',
    created_by: adminId
  })
  t.assert.deepEqual((await admin.get(`/users/${id}`)).json(), response.json())
})

test('refuses a username or an e-mail that somebody has, whatever the case', async (t: TestContext) => {
  const { admin, register } = await startUsers(t)
  const { username } = await register()
  const email = `${username}@example.org`
  await register({ email })
  const upper = { username: uniqueName(), password, email: email.toUpperCase() }

  const sameName = await admin.post('/users', { username: username.toUpperCase(), password })
  const sameEmail = await admin.post('/users', upper)

  t.assert.equal(sameName.statusCode, 409)
  t.assert.equal(sameName.json().type, '/problems/username-taken')
  t.assert.equal(sameEmail.statusCode, 409)
  t.assert.equal(sameEmail.json().type, '/problems/email-taken')
})

test('gives a username that several ask for at once to one of them', async (t: TestContext) => {
  const { admin } = await startUsers(t)
  const username = uniqueName()
  const requests = [1, 2, 3, 4].map(async () => admin.post('/users', { username, password }))

  const statuses = (await Promise.all(requests)).map(({ statusCode }) => statusCode)

  t.assert.deepEqual(statuses.sort(), [201, 409, 409, 409])
})

test('changes what a patch names, and clears what it sets to null', async (t: TestContext) => {
  const { admin, register } = await startUsers(t)
  const { id, username } = await register({ full_name: 'Ada' })
  await admin.put(`/users/${id}`, { email: `${username}@example.org` })

  const response = await admin.patch(`/users/${id}`, { full_name: null, user_type: 'admin' })

  t.assert.equal(response.statusCode, 200)
  const { email, full_name, user_type } = response.json()
  t.assert.deepEqual(
    { email, full_name, user_type },
    { email: `${username}@example.org`, full_name: null, user_type: 'admin' }
  )
})

test('refuses an e-mail in a patch that somebody has', async (t: TestContext) => {
  const { admin, register } = await startUsers(t)
  const email = `${uniqueName()}@example.org`
  await register({ email })
  const { id } = await register()

  const response = await admin.patch(`/users/${id}`, { email })

  t.assert.equal(response.statusCode, 409)
  t.assert.equal(response.json().type, '/problems/email-taken')
})

test('B10 ends the sessions of a user that is deleted, and tells of it after it is gone', async (t: TestContext) => {
  const users = await startUsers(t)
  const { id, username } = await users.register()
  const { session_id, refresh_token } = (await users.logIn(username)).json()

  const response = await users.admin.delete(`/users/${id}`)

  t.assert.equal(response.statusCode, 204)
  t.assert.equal((await users.admin.get(`/users/${id}`)).statusCode, 404)
  t.assert.ok((await endedSessions(users)).includes(session_id))
  const refreshed = await users.nobody.post('/sessions/refresh', { refresh_token })
  t.assert.equal(refreshed.statusCode, 401)
})

for (const change of [{ user_type: 'admin' }, { password: 'another good password' }]) {
  const what = Object.keys(change).join()
  test(`B25 ends the sessions of a user whose ${what} an admin changes`, async (t: TestContext) => {
    const users = await startUsers(t)
    const { id, username } = await users.register()
    const { session_id } = (await users.logIn(username)).json()

    const response = await users.admin.patch(`/users/${id}`, change)

    t.assert.equal(response.statusCode, 200)
    t.assert.equal((await endedSessions(users)).includes(session_id), true)
  })
}

test('leaves the sessions of a user whose name changes', async (t: TestContext) => {
  const users = await startUsers(t)
  const { id, username } = await users.register()
  const { session_id } = (await users.logIn(username)).json()

  const response = await users.admin.patch(`/users/${id}`, { full_name: 'Ada' })

  t.assert.equal(response.statusCode, 200)
  t.assert.equal((await endedSessions(users)).includes(session_id), false)
})

test('never leaves a system without an admin', async (t: TestContext) => {
  const users = await startUsers(t, { url: await testDatabase(t, 'users') })
  const other = await users.register({ user_type: 'admin' })

  const both = await Promise.all([
    users.admin.delete(`/users/${adminId}`),
    other.patch(`/users/${other.id}`, { user_type: 'default' })
  ])

  const refused = both.find(({ statusCode }) => statusCode === 409)
  t.assert.deepEqual(both.filter(({ statusCode }) => statusCode < 300).length, 1)
  t.assert.equal(refused?.json().type, '/problems/last-admin')
})

test('answers 404 for a user that there is not', async (t: TestContext) => {
  const { admin } = await startUsers(t)
  const path = `/users/${randomUUID()}`

  const answers = [
    await admin.get(path),
    await admin.patch(path, { full_name: 'Ada' }),
    await admin.put(path, { password }),
    await admin.delete(path)
  ]

  for (const answer of answers) {
    t.assert.equal(answer.statusCode, 404)
    t.assert.equal(answer.json().type, '/problems/user-not-found')
  }
})
