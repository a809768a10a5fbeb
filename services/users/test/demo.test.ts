import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { createPasswords } from '../src/passwords/passwords.ts'
import { seedAccounts } from '../src/seed/seed.ts'
import { endedSessions, startUsers } from './start-users.ts'

const demo = { DEMO: true, ADMIN_USERNAME: 'admin' }
const noDemo = { DEMO: false, ADMIN_USERNAME: 'root' }
const ADMIN_PASSWORD = 'a good first password'

async function startEmpty(t: TestContext) {
  const users = await startUsers(t, { url: await testDatabase(t, 'users'), empty: true })
  const said: string[] = []
  const note = (_fields: object, text: string) => void said.push(text)
  const deps = {
    ...users.stores,
    passwords: createPasswords({ cost: 4 }),
    log: { info: note, warn: note }
  }
  const seed = async (wanted: Parameters<typeof seedAccounts>[1]) => seedAccounts(deps, wanted)
  const names = async () => {
    const accounts: { username: string }[] = (await users.admin.get('/users')).json()
    return accounts.map(({ username }) => username)
  }
  const statusOf = async (username: string, password: string) =>
    (await users.logIn(username, password)).statusCode
  const make = async (username: string, user_type: 'admin' | 'default' = 'default') => {
    const account = { username, user_type, password_hash: '-', created_by: null }
    return (await users.stores.users.insert(account)) as { id: string; username: string }
  }
  return { users, seed, said, names, statusOf, make }
}

async function startDemo(t: TestContext) {
  const { users, seed } = await startEmpty(t)
  await Promise.all([seed(demo), seed(demo), seed(demo)])
  await seed(demo)
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
  const boss = users.as({ id: admin.id, type: 'admin' })

  const refused = [
    await users.admin.delete(`/users/${user.id}`),
    await users.admin.delete(`/users/${admin.id}`),
    await users.admin.patch(`/users/${admin.id}`, { user_type: 'default' }),
    await users.admin.put(`/users/${user.id}`, { password }),
    await users.admin.patch(`/users/${user.id}`, { disabled: true }),
    await self.put('/me/password/0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f', {
      current_password: 'u',
      new_password: password
    })
  ]
  const allowed = [
    await boss.patch(`/users/${user.id}`, { full_name: 'Someone', user_type: 'default' }),
    await self.patch('/me', { full_name: 'Somebody' })
  ]

  for (const response of refused) {
    t.assert.equal(response.statusCode, 403)
    t.assert.equal(response.json().type, '/problems/protected-account')
  }
  for (const { statusCode } of allowed) t.assert.equal(statusCode, 200)
})

test('makes one first admin where there is none, whoever starts together', async (t: TestContext) => {
  const { seed, names, said, statusOf } = await startEmpty(t)
  const passwords = [ADMIN_PASSWORD, 'another one of them', 'a third password']

  await Promise.all(passwords.map(async (one) => seed({ ...noDemo, ADMIN_PASSWORD: one })))
  await seed({ ...noDemo, ADMIN_USERNAME: 'second', ADMIN_PASSWORD: 'a later password' })

  const statuses = await Promise.all(passwords.map(async (one) => statusOf('root', one)))
  t.assert.deepEqual(await names(), ['root'])
  t.assert.deepEqual(statuses.sort(), [201, 401, 401])
  t.assert.deepEqual(said, ['The first admin is created.'])
})

test('makes no admin where there is one of another name, disabled or not', async (t: TestContext) => {
  const { users, seed, names, make } = await startEmpty(t)
  const { id, username } = await make('other', 'admin')
  await users.prisma.user.update({ where: { id }, data: { disabled_at: new Date() } })

  await seed({ ...noDemo, ADMIN_PASSWORD })

  t.assert.deepEqual(await names(), [username])
})

test('makes nothing where nothing is said, and says that there is no admin', async (t: TestContext) => {
  const { seed, names, said } = await startEmpty(t)

  await seed(noDemo)

  t.assert.deepEqual(await names(), [])
  t.assert.match(said.join(), /There is no admin: set ADMIN_USERNAME and ADMIN_PASSWORD_FILE/)
})

test('refuses to make an admin of a user, or with a common password', async (t: TestContext) => {
  const { seed, names, make } = await startEmpty(t)
  await make('Root')

  const taken = async () => seed({ ...noDemo, ADMIN_PASSWORD })
  const common = async () => seed({ ...noDemo, ADMIN_PASSWORD: 'Password1' })

  await t.assert.rejects(taken, /ADMIN_USERNAME root is a user who is no admin/)
  await t.assert.rejects(common, /ADMIN_PASSWORD is among the most common/)
  t.assert.deepEqual(await names(), ['Root'])
})

test('deletes the demo accounts of a database that is started without DEMO', async (t: TestContext) => {
  const { users, seed, names, statusOf, make } = await startEmpty(t)
  await seed(demo)
  const { session_id, refresh_token } = (await users.logIn('user', 'u')).json()
  const other = await make('other')

  await Promise.all([seed({ ...noDemo, ADMIN_PASSWORD }), seed({ ...noDemo, ADMIN_PASSWORD })])

  t.assert.deepEqual((await names()).sort(), ['root', other.username].sort())
  t.assert.equal(await statusOf('admin', 'a'), 401)
  t.assert.equal(await statusOf('user', 'u'), 401)
  t.assert.equal(await statusOf('root', ADMIN_PASSWORD), 201)
  const refreshed = await users.nobody.post('/sessions/refresh', { refresh_token })
  t.assert.equal(refreshed.statusCode, 401)
  t.assert.equal((await endedSessions(users)).includes(session_id), true)
})
