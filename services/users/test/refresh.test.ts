import { createHash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { endedSessions, startUsers } from './start-users.ts'

async function startLoggedIn(t: TestContext) {
  const users = await startUsers(t)
  const user = await users.register()
  const session = (await users.logIn(user.username)).json()
  const refresh = async (refresh_token: string) =>
    users.nobody.post('/sessions/refresh', { refresh_token })
  /** As if all that was used had been used some seconds ago. */
  const wait = async (seconds: number) =>
    users.prisma.$executeRaw`
      update refresh_tokens set used_at = used_at - make_interval(secs => ${seconds})
      where session_id = ${session.session_id}::uuid`
  return { users, user, session, refresh, wait }
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
  const { users, user, session, refresh, wait } = await startLoggedIn(t)
  const { refresh_token } = (await refresh(session.refresh_token)).json()
  await wait(5)

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

test('B28 gives forty uses at once, on two replicas, the same successor, and the session lives on', async (t: TestContext) => {
  const { users, session, refresh } = await startLoggedIn(t)
  const replicas = [users, await startUsers(t)]
  const body = { refresh_token: session.refresh_token }

  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, index) =>
      replicas[index % 2]?.nobody.post('/sessions/refresh', body)
    )
  )

  t.assert.deepEqual(new Set(answers.map((answer) => answer?.statusCode)), new Set([200]))
  t.assert.equal(new Set(answers.map((answer) => answer?.body)).size, 1)
  const { session_id } = session
  const open = await users.prisma.refreshToken.count({ where: { session_id, used_at: null } })
  t.assert.equal(open, 1)
  t.assert.equal((await endedSessions(users)).includes(session_id), false)
  t.assert.equal((await refresh(answers[0]?.json().refresh_token)).statusCode, 200)
})

test('B28 gives the same answer again for a few seconds, to who did not hear it', async (t: TestContext) => {
  const { users, session, refresh, wait } = await startLoggedIn(t)
  const first = await refresh(session.refresh_token)
  await wait(3)

  const again = await refresh(session.refresh_token)

  t.assert.equal(again.statusCode, 200)
  t.assert.deepEqual(again.json(), first.json())
  t.assert.deepEqual(
    users.audited('refresh').map(({ result }) => result),
    ['granted', 'repeated']
  )
})

test('B14 ends the session when a token comes again whose successor was used, however soon', async (t: TestContext) => {
  const { users, session, refresh } = await startLoggedIn(t)
  const first = await refresh(session.refresh_token)
  const second = await refresh(first.json().refresh_token)

  const reused = await refresh(session.refresh_token)

  t.assert.equal(reused.statusCode, 401)
  t.assert.equal((await refresh(second.json().refresh_token)).statusCode, 401)
  t.assert.equal((await endedSessions(users)).includes(session.session_id), true)
})

test('B28 gives no successor again once the session has ended or its user is disabled', async (t: TestContext) => {
  const { user, session, refresh } = await startLoggedIn(t)
  await refresh(session.refresh_token)
  await user.post(`/sessions/${session.session_id}/end`)

  t.assert.equal((await refresh(session.refresh_token)).statusCode, 401)
})

test('B14 ends the session where another replica sees a used refresh token again', async (t: TestContext) => {
  const { users, session, refresh, wait } = await startLoggedIn(t)
  const other = await startUsers(t)
  const { refresh_token } = (await refresh(session.refresh_token)).json()
  await wait(5)

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
