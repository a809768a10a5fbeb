import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { adminId, endedSessions, password, startUsers, uniqueAddress } from './start-users.ts'

test('B10 ends the sessions of an account that is disabled', async (t: TestContext) => {
  const users = await startUsers(t)
  const { id, username } = await users.register()
  const { session_id, refresh_token } = (await users.logIn(username)).json()

  const response = await users.admin.patch(`/users/${id}`, { disabled: true })

  t.assert.equal(response.statusCode, 200)
  t.assert.match(response.json().disabled_at, /^\d{4}-.*Z$/)
  t.assert.equal((await endedSessions(users)).includes(session_id), true)
  const refreshed = await users.nobody.post('/sessions/refresh', { refresh_token })
  t.assert.equal(refreshed.statusCode, 401)
})

test('C1 answers the right password of a disabled account like a wrong one, and counts it', async (t: TestContext) => {
  const users = await startUsers(t)
  const { id, username } = await users.register()
  const headers = { 'x-forwarded-for': uniqueAddress() }
  const wrong = await users.logIn(username, 'wrong', headers)
  await users.admin.patch(`/users/${id}`, { disabled: true })

  const statuses: number[] = []
  for (let index = 0; index < 5; index += 1) {
    const right = await users.logIn(username, password, headers)
    statuses.push(right.statusCode)
    const body = { ...right.json(), request_id: wrong.json().request_id }
    if (index === 0) t.assert.deepEqual(body, wrong.json())
  }

  t.assert.deepEqual(statuses, [401, 401, 401, 401, 429])
})

test('lets the user in again when the account is enabled', async (t: TestContext) => {
  const users = await startUsers(t)
  const { id, username } = await users.register()
  await users.admin.patch(`/users/${id}`, { disabled: true })

  const response = await users.admin.patch(`/users/${id}`, { disabled: false })

  t.assert.equal(response.statusCode, 200)
  t.assert.equal('disabled_at' in response.json(), false)
  t.assert.equal((await users.logIn(username)).statusCode, 201)
})

test('keeps since when an account is disabled', async (t: TestContext) => {
  const users = await startUsers(t)
  const { id } = await users.register()
  const first = await users.admin.patch(`/users/${id}`, { disabled: true })

  const again = await users.admin.patch(`/users/${id}`, { disabled: true, full_name: 'Ada' })

  t.assert.equal(again.json().disabled_at, first.json().disabled_at)
  t.assert.equal(
    (await users.admin.get(`/users/${id}`)).json().disabled_at,
    first.json().disabled_at
  )
})

test('gives no session to a login that a disabling overtakes', async (t: TestContext) => {
  const users = await startUsers(t)
  const { id } = await users.register()
  const { password_hash } = await users.prisma.user.findUniqueOrThrow({ where: { id } })
  await users.admin.patch(`/users/${id}`, { disabled: true })

  const late = await users.stores.sessions.insert({
    user_id: id,
    password_hash,
    token_hash: new Uint8Array(32),
    client: { address: null, network: '', agent: null },
    expires_at: new Date(Date.now() + 60_000)
  })

  t.assert.equal(late, null)
})

test('does not disable the last admin who can log in', async (t: TestContext) => {
  const users = await startUsers(t, { url: await testDatabase(t, 'users') })
  const other = await users.register({ user_type: 'admin' })

  const both = await Promise.all([
    users.admin.patch(`/users/${adminId}`, { disabled: true }),
    other.patch(`/users/${other.id}`, { disabled: true })
  ])

  const refused = both.find(({ statusCode }) => statusCode === 409)
  t.assert.equal(both.filter(({ statusCode }) => statusCode === 200).length, 1)
  t.assert.equal(refused?.json().type, '/problems/last-admin')
})
