import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { createPasswords } from '../src/passwords/passwords.ts'
import { seedAdmin, seedDemo } from '../src/users/seed.ts'
import { startUsers } from './start-users.ts'

async function startDemo(t: TestContext) {
  const users = await startUsers(t, { url: await testDatabase(t, 'users') })
  const seed = async () => seedDemo({ ...users.stores, passwords: createPasswords({ cost: 4 }) })
  await Promise.all([seed(), seed(), seed()])
  await seed()
  const accounts = (await users.admin.get('/users')).json()
  return { users, accounts }
}

test('creates the demo accounts once, whoever starts together', async (t: TestContext) => {
  const { users, accounts } = await startDemo(t)

  const names = accounts.map((account: Record<string, unknown>) => [
    account.username,
    account.user_type,
    account.created_by
  ])

  t.assert.deepEqual(names, [
    ['admin', 'admin', null],
    ['user', 'default', null]
  ])
  t.assert.equal((await users.logIn('admin', 'a')).statusCode, 201)
  t.assert.equal((await users.logIn('user', 'u')).statusCode, 201)
})

test('keeps the demo accounts, their types and their passwords', async (t: TestContext) => {
  const { users, accounts } = await startDemo(t)
  const [admin, user] = accounts
  const password = 'another good password'
  const self = users.as({ id: user.id, type: 'default' })

  const refused = [
    await users.admin.delete(`/users/${user.id}`),
    await users.admin.delete(`/users/${admin.id}`),
    await users.admin.patch(`/users/${admin.id}`, { user_type: 'default' }),
    await users.admin.put(`/users/${user.id}`, { password }),
    await self.put('/me/password/0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f', {
      current_password: 'u',
      new_password: password
    })
  ]
  const allowed = [
    await users.admin.patch(`/users/${user.id}`, { full_name: 'Someone', user_type: 'default' }),
    await self.patch('/me', { full_name: 'Somebody' })
  ]

  for (const response of refused) {
    t.assert.equal(response.statusCode, 403)
    t.assert.equal(response.json().type, '/problems/protected-account')
  }
  for (const { statusCode } of allowed) t.assert.equal(statusCode, 200)
})

test('creates the first admin where there is none, and leaves one that there is', async (t: TestContext) => {
  const users = await startUsers(t, { url: await testDatabase(t, 'users') })
  const deps = { ...users.stores, passwords: createPasswords({ cost: 4 }) }

  await Promise.all([seedAdmin(deps, 'a good first password'), seedAdmin(deps, 'another one')])
  await seedAdmin(deps, 'a later password')

  const statuses = await Promise.all(
    ['a good first password', 'another one', 'a later password'].map(
      async (password) => (await users.logIn('admin', password)).statusCode
    )
  )
  t.assert.equal(statuses.filter((status) => status === 201).length, 1)
  t.assert.equal(statuses.at(-1), 401)
})
