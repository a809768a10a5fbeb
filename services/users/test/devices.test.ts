import { type TestContext, test } from 'node:test'
import { endedSessions, password, startUsers } from './start-users.ts'

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

test('lists where a user is logged in, the latest first, and which session asks', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const other = await users.register()
  await users.logIn(other.username)
  const headers = { 'x-forwarded-for': '192.0.2.7, 198.51.100.1', 'user-agent': firefox }
  const first = (await users.logIn(user.username, password, headers)).json().session_id
  const second = (await users.logIn(user.username)).json().session_id
  const third = (await users.logIn(user.username)).json().session_id
  await user.post(`/sessions/${second}/end`)

  const response = await user.get(`/me/sessions/${first}`)

  t.assert.equal(response.statusCode, 200)
  const [latest, mine, ...rest] = response.json()
  t.assert.deepEqual(rest, [])
  t.assert.deepEqual([latest.id, latest.current], [third, false])
  const { created_at, used_at, ...told } = mine
  t.assert.deepEqual(told, { id: first, address: '192.0.2.7', agent: firefox, current: true })
  t.assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  t.assert.ok(used_at >= created_at)
})

test('tells who used a session last, and when', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const { session_id, refresh_token } = (await users.logIn(user.username)).json()
  const moved = { 'x-forwarded-for': '2001:db8::7', 'user-agent': 'curl/8' }
  await users.as(undefined, moved).post('/sessions/refresh', { refresh_token })

  const [session] = (await user.get(`/me/sessions/${session_id}`)).json()

  t.assert.deepEqual([session.address, session.agent], ['2001:db8::7', 'curl/8'])
  t.assert.ok(session.used_at > session.created_at)
})

test('keeps of an agent what can be shown, and no address that is none', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const odd = { 'x-forwarded-for': 'unknown', 'user-agent': `a\u0001b${'x'.repeat(400)}` }
  const { session_id } = (await users.logIn(user.username, password, odd)).json()

  const [session] = (await user.get(`/me/sessions/${session_id}`)).json()

  t.assert.equal(session.address, null)
  t.assert.equal(session.agent, `ab${'x'.repeat(298)}`)
})

test('lists sessions in pages', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const logIn = async () => (await users.logIn(user.username)).json().session_id
  const ids = [await logIn(), await logIn(), await logIn()]
  const path = `/me/sessions/${ids[0]}`

  const first = await user.get(`${path}?limit=2`)
  const [, next = ''] = /<([^>]+)>; rel="next"/.exec(`${first.headers.link}`) ?? []
  const second = await user.get(next)

  const seen = [...first.json(), ...second.json()].map(({ id }) => id)
  t.assert.deepEqual(seen, ids.toReversed())
  t.assert.equal(second.headers.link, undefined)
})

test('ends one session of the user, any number of times, and no other', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const other = await users.register()
  const ended = (await users.logIn(user.username)).json()
  const kept = (await users.logIn(user.username)).json()

  const anothers = await other.delete(`/sessions/${ended.session_id}`)
  const own = await user.delete(`/sessions/${ended.session_id}`)
  const again = await user.delete(`/sessions/${ended.session_id}`)
  const malformed = await user.delete('/sessions/1')

  t.assert.equal(anothers.statusCode, 404)
  t.assert.equal(anothers.json().type, '/problems/session-not-found')
  t.assert.equal(own.statusCode, 204)
  t.assert.equal(again.statusCode, 204)
  t.assert.equal(malformed.statusCode, 400)
  const told = await endedSessions(users)
  t.assert.equal(told.includes(ended.session_id), true)
  t.assert.equal(told.includes(kept.session_id), false)
})

test('K10 notes who ended a session, and why', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const [first, second] = [await users.logIn(user.username), await users.logIn(user.username)]
  const ids = [first.json().session_id, second.json().session_id]

  await user.post(`/sessions/${ids[0]}/end`)
  await user.delete(`/sessions/${ids[1]}`)

  const lines = users.audited('session')
  t.assert.deepEqual(
    lines.map(({ result, user_id, session_id, reason }) => [result, user_id, session_id, reason]),
    [
      ['ended', user.id, ids[0], 'logout'],
      ['ended', user.id, ids[1], 'ended-by-user']
    ]
  )
})

test('K10 notes what an admin does to an account, and what that ends', async (t: TestContext) => {
  const users = await startUsers(t)
  await users.register({ user_type: 'admin' })
  const { id } = await users.register()
  const path = `/users/${id}`

  await users.admin.patch(path, { full_name: 'Ada', user_type: 'default' })
  await users.admin.put(path, { user_type: 'admin' })
  await users.admin.patch(path, { password: 'another good password' })
  await users.admin.patch(path, { disabled: true })
  await users.admin.delete(path)

  const done = users.audited('user').map(({ result, changed }) => [result, changed])
  t.assert.deepEqual(done, [
    ['created', undefined],
    ['created', undefined],
    ['changed', 'full_name,user_type'],
    ['changed', 'user_type'],
    ['changed', 'password'],
    ['changed', 'disabled'],
    ['deleted', undefined]
  ])
  const reasons = users.audited('session').map(({ reason, user_id }) => [reason, user_id])
  const expected = ['user-type-changed', 'password-changed', 'user-disabled', 'user-deleted']
  t.assert.deepEqual(
    reasons,
    expected.map((reason) => [reason, id])
  )
  t.assert.equal(users.audited('password').length, 1)
  t.assert.equal(users.lines.join('').includes('another good password'), false)
})

test('K10 notes a change of the own password, and attempts at one', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const path = '/me/password/0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f'
  const new_password = 'another good password'

  await user.put(path, { current_password: 'not this one', new_password })
  await user.put(path, { current_password: password, new_password })

  const results = users.audited('password').map(({ result, user_id }) => [result, user_id])
  t.assert.deepEqual(results, [
    ['wrong-password', user.id],
    ['changed', user.id]
  ])
})
