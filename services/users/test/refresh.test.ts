import { createHash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { endedSessions, startUsers } from './start-users.ts'

async function startLoggedIn(t: TestContext) {
  const users = await startUsers(t)
  const user = await users.register()
  const session = (await users.logIn(user.username)).json()
  const refresh = async (refresh_token: string) =>
    users.nobody.post('/sessions/refresh', { refresh_token })
  return { users, user, session, refresh }
}

test('B14 gives a new refresh token for the same session', async (t: TestContext) => {
  const { session, refresh } = await startLoggedIn(t)

  const first = await refresh(session.refresh_token)
  const second = await refresh(first.json().refresh_token)

  t.assert.equal(first.statusCode, 200)
  t.assert.equal(first.headers['cache-control'], 'no-store')
  t.assert.equal(second.statusCode, 200)
  const { refresh_token, ...rest } = first.json()
  const { refresh_token: before, ...same } = session
  t.assert.notEqual(refresh_token, before)
  t.assert.deepEqual(rest, same)
})

test('B14 ends the session when a used refresh token comes again, and logs it', async (t: TestContext) => {
  const { users, user, session, refresh } = await startLoggedIn(t)
  const { refresh_token } = (await refresh(session.refresh_token)).json()

  const reused = await refresh(session.refresh_token)
  const successor = await refresh(refresh_token)

  t.assert.equal(reused.statusCode, 401)
  t.assert.equal(reused.json().type, '/problems/invalid-refresh-token')
  t.assert.equal(successor.statusCode, 401)
  t.assert.equal((await endedSessions(users)).includes(session.session_id), true)
  const [, reuse] = users.audited('refresh')
  const [end] = users.audited('session')
  t.assert.deepEqual([reuse.result, reuse.user_id], ['reused', user.id])
  t.assert.deepEqual([end.result, end.reason], ['ended', 'token-reused'])
  t.assert.equal(end.session_id, session.session_id)
})

test('B28 lets one of several that use a refresh token at once win, and the session live on', async (t: TestContext) => {
  const { users, session, refresh } = await startLoggedIn(t)
  const requests = [1, 2, 3, 4].map(async () => refresh(session.refresh_token))

  const answers = await Promise.all(requests)

  const won = answers.filter(({ statusCode }) => statusCode === 200)
  t.assert.equal(won.length, 1)
  t.assert.equal(answers.filter(({ statusCode }) => statusCode === 401).length, 3)
  t.assert.equal((await endedSessions(users)).includes(session.session_id), false)
  t.assert.equal((await refresh(won[0]?.json().refresh_token)).statusCode, 200)
})

test('B28 gives of twenty uses at once, on two replicas, one a successor', async (t: TestContext) => {
  const { users, session } = await startLoggedIn(t)
  const other = await startUsers(t)
  const replicas = [users, other]
  const body = { refresh_token: session.refresh_token }

  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) =>
      replicas[index % 2]?.nobody.post('/sessions/refresh', body)
    )
  )

  const won = answers.filter((answer) => answer?.statusCode === 200)
  t.assert.equal(won.length, 1)
  const open = await users.prisma.refreshToken.count({
    where: { session_id: session.session_id, used_at: null }
  })
  t.assert.equal(open, 1)
})

test('B14 ends the session where another replica sees a used refresh token again', async (t: TestContext) => {
  const { users, session, refresh } = await startLoggedIn(t)
  const other = await startUsers(t)
  const { refresh_token } = (await refresh(session.refresh_token)).json()

  const reused = await other.nobody.post('/sessions/refresh', {
    refresh_token: session.refresh_token
  })

  t.assert.equal(reused.statusCode, 401)
  t.assert.equal((await refresh(refresh_token)).statusCode, 401)
  t.assert.equal((await endedSessions(users)).includes(session.session_id), true)
})

test('B15 stores the SHA-256 of a refresh token, and nothing else of it', async (t: TestContext) => {
  const { users, session } = await startLoggedIn(t)

  const rows = await users.prisma.refreshToken.findMany({
    where: { session_id: session.session_id }
  })

  t.assert.equal(rows.length, 1)
  t.assert.deepEqual(
    Buffer.from(rows[0]?.token_hash ?? []),
    createHash('sha256').update(session.refresh_token).digest()
  )
})

test('refuses a refresh token that has expired or is unknown', async (t: TestContext) => {
  const { users, session, refresh } = await startLoggedIn(t)
  const { session_id } = session
  const expires_at = new Date(Date.now() - 1)
  await users.prisma.refreshToken.updateMany({ where: { session_id }, data: { expires_at } })

  const expired = await refresh(session.refresh_token)
  const unknown = await refresh('a'.repeat(43))

  t.assert.equal(expired.statusCode, 401)
  t.assert.equal(unknown.statusCode, 401)
})

test('B11 refuses the refresh token of a session that has ended', async (t: TestContext) => {
  const { user, session, refresh } = await startLoggedIn(t)

  const ended = await user.post(`/sessions/${session.session_id}/end`)

  t.assert.equal(ended.statusCode, 204)
  t.assert.equal((await refresh(session.refresh_token)).statusCode, 401)
})

test('B21 gives the gateway ids, the user type and a refresh token, and nothing else', async (t: TestContext) => {
  const { session } = await startLoggedIn(t)

  t.assert.deepEqual(Object.keys(session).sort(), [
    'refresh_token',
    'session_id',
    'user_id',
    'user_type'
  ])
})
