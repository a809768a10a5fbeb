import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { isCommon } from '../src/passwords/policy.ts'
import { endedSessions, password, startUsers, uniqueName } from './start-users.ts'

const another = 'a different good password'
/** A session that is none of the user's. */
const elsewhere = '/me/password/0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f'

test('changes the own account', async (t: TestContext) => {
  const { register } = await startUsers(t)
  const user = await register()

  const response = await user.patch('/me', { full_name: 'Ada', email: `${user.username}@x.org` })

  t.assert.equal(response.statusCode, 200)
  const { id, full_name, email } = response.json()
  t.assert.deepEqual([id, full_name, email], [user.id, 'Ada', `${user.username}@x.org`])
})

test('B12 D3 changes the own password, and ends all sessions of the user but the one that asks', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const mine = (await users.logIn(user.username)).json()
  const other = (await users.logIn(user.username)).json()

  const response = await user.put(`/me/password/${mine.session_id}`, {
    current_password: password,
    new_password: another
  })

  t.assert.equal(response.statusCode, 204)
  t.assert.equal((await users.logIn(user.username)).statusCode, 401)
  t.assert.equal((await users.logIn(user.username, another)).statusCode, 201)
  const ended = await endedSessions(users)
  t.assert.equal(ended.includes(other.session_id), true)
  t.assert.equal(ended.includes(mine.session_id), false)
  const refresh = async ({ refresh_token }: { refresh_token: string }) =>
    (await users.nobody.post('/sessions/refresh', { refresh_token })).statusCode
  t.assert.equal(await refresh(other), 401)
  t.assert.equal(await refresh(mine), 200)
})

test('D1 needs the current password', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()

  const wrong = await user.put(elsewhere, { current_password: 'x', new_password: another })
  const missing = await user.put(elsewhere, { new_password: another })

  t.assert.equal(wrong.statusCode, 403)
  t.assert.equal(wrong.json().type, '/problems/wrong-password')
  t.assert.equal(missing.statusCode, 400)
  t.assert.equal((await users.logIn(user.username)).statusCode, 201)
})

test('D2 refuses the same password, a short one and a common one', async (t: TestContext) => {
  const user = await (await startUsers(t)).register()
  const change = async (new_password: string) =>
    user.put(elsewhere, { current_password: password, new_password })

  const same = await change(password)
  const short = await change('short')
  const common = await change('Password1')

  t.assert.equal(same.statusCode, 400)
  t.assert.equal(same.json().type, '/problems/password-unchanged')
  t.assert.equal(short.statusCode, 400)
  t.assert.equal(common.json().type, '/problems/common-password')
  t.assert.equal(common.json().errors[0].pointer, '#/body/new_password')
})

test('D5 sets no other user’s password, but for an admin', async (t: TestContext) => {
  const users = await startUsers(t)
  const [user, other] = [await users.register(), await users.register()]
  const change = { current_password: password, new_password: another }

  const refused = [
    await user.patch(`/users/${other.id}`, { password: another }),
    await user.put(`/users/${other.id}`, { password: another }),
    await user.patch('/me', { password: another }),
    await user.put(elsewhere, { ...change, id: other.id }),
    await user.put(`${elsewhere}?id=${other.id}`, change)
  ]
  const before = await users.logIn(other.username)
  const byAdmin = await users.admin.patch(`/users/${other.id}`, { password: another })

  const statuses = refused.map(({ statusCode }) => statusCode)
  t.assert.deepEqual(statuses, [403, 403, 400, 400, 400])
  t.assert.equal(before.statusCode, 201)
  t.assert.equal(byAdmin.statusCode, 200)
  t.assert.equal((await users.logIn(other.username, another)).statusCode, 201)
})

test('D4 lets one of several changes from the same password succeed', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const attempts = [1, 2, 3, 4].map(async (index) =>
    user.put(elsewhere, {
      current_password: password,
      new_password: `${another} number ${index}`
    })
  )

  const statuses = (await Promise.all(attempts)).map(({ statusCode }) => statusCode)

  t.assert.deepEqual(statuses.sort(), [204, 403, 403, 403])
})

test('B26 gives no session to a login that a change of password overtakes', async (t: TestContext) => {
  const users = await startUsers(t)
  const { id, username } = await users.register()
  const { password_hash } = await users.prisma.user.findUniqueOrThrow({ where: { id } })
  await users.admin.patch(`/users/${id}`, { password: another })

  const late = await users.stores.sessions.insert({
    user_id: id,
    password_hash,
    token_hash: new Uint8Array(32),
    client: { address: null, network: '', agent: null },
    expires_at: new Date(Date.now() + 60_000)
  })

  t.assert.equal(late, null)
  t.assert.equal((await users.logIn(username, another)).statusCode, 201)
})

test('C11 knows thousands of common passwords of a length that would pass', (t: TestContext) => {
  const url = import.meta.resolve('@zxcvbn-ts/language-common/src/passwords.json')
  const list: string[] = JSON.parse(readFileSync(new URL(url), 'utf8'))
  const long = list.filter((one) => one.length >= 8)

  t.assert.ok(long.length > 3000, `${long.length}`)
  for (const one of long.slice(0, 3000)) t.assert.equal(isCommon(one.toUpperCase()), true, one)
  t.assert.equal(isCommon(password), false)
})

test('C11 refuses the most common passwords, whatever their case', async (t: TestContext) => {
  const { admin } = await startUsers(t)
  const common = ['12345678', 'password', 'iloveyou', '1q2w3e4r', 'SUNSHINE', 'Trustno1']

  for (const choice of common) {
    const response = await admin.post('/users', { username: uniqueName(), password: choice })
    t.assert.equal(response.statusCode, 400, choice)
    t.assert.equal(response.json().type, '/problems/common-password')
  }
})

test('answers users who are gone', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  await users.admin.delete(`/users/${user.id}`)

  const patch = await user.patch('/me', { full_name: 'Ada' })
  const change = await user.put(elsewhere, {
    current_password: password,
    new_password: another
  })

  t.assert.equal(patch.statusCode, 401)
  t.assert.equal(change.statusCode, 401)
})
