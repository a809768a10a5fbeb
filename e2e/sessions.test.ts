import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoAdmin, logIn, newAccount, register, sessionOf, unique } from './accounts.ts'
import { apiOf, bodyOf } from './client/api.ts'
import { call } from './client.ts'

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

test('C17 a login answers tokens, and nothing else of what the service told', async () => {
  const { username, password, id } = await register()

  const answer = await apiOf().POST('/api/login', { body: { username, password } })

  const body = bodyOf(answer)
  assert.equal(answer.response.headers.get('cache-control'), 'no-store')
  const fields = ['access_token', 'expires_in', 'refresh_token', 'token_type']
  assert.deepEqual(Object.keys(body).sort(), fields)
  assert.equal(body.token_type, 'bearer')
  const { sub, user_type, exp, iat, ...claims } = claimsOf(body.access_token)
  assert.deepEqual(
    { sub, user_type, life: exp - iat },
    { sub: id, user_type: 'default', life: body.expires_in }
  )
  assert.deepEqual(Object.keys(claims).sort(), ['aud', 'iss', 'jti', 'sid'])
})

test('C1 a wrong password and an unknown user read the same', async () => {
  const { username } = await register()

  const tryAs = async (name: string) =>
    apiOf().POST('/api/login', { body: { username: name, password: 'not-this-one' } })
  const [wrong, unknown] = [await tryAs(username), await tryAs(`${username}x`)]

  assert.equal(wrong.response.status, 401)
  assert.equal(unknown.response.status, 401)
  assert.deepEqual({ ...wrong.error, request_id: '' }, { ...unknown.error, request_id: '' })
})

test('a refresh token gives a new pair, and works once', async () => {
  const { refreshToken } = await newAccount()
  const body = { refresh_token: refreshToken }

  const first = bodyOf(await apiOf().POST('/api/token/refresh', { body }))

  assert.notEqual(first.refresh_token, refreshToken)
  const me = await apiOf(first.access_token).GET('/api/me')
  assert.equal(me.response.status, 200)
})

test('B9 a refresh token is no access token, nor the reverse', async () => {
  const { token, refreshToken } = await newAccount()

  const asAccess = await call('GET', '/api/me', { token: refreshToken })
  const asRefresh = await call('POST', '/api/token/refresh', { body: { refresh_token: token } })

  assert.equal(asAccess.status, 401)
  assert.ok([400, 401].includes(asRefresh.status), String(asRefresh.status))
})

test('B11 after a logout the session works no more, and the other session of the user does', async () => {
  const account = await newAccount()
  const other = await logIn(account.username, account.password)

  const { response } = await account.api.POST('/api/logout')

  assert.equal(response.status, 204)
  assert.equal((await account.api.GET('/api/me')).response.status, 401)
  const body = { refresh_token: account.refreshToken }
  const refresh = await apiOf().POST('/api/token/refresh', { body })
  assert.equal(refresh.response.status, 401)
  assert.equal((await other.api.GET('/api/me')).response.status, 200)
})

const statusFor = async (token: string) => (await call('GET', '/api/me', { token })).status

test('B14 a refresh token that comes again after its successor ends the session at once', async () => {
  const { refreshToken } = await newAccount()
  const body = { refresh_token: refreshToken }
  const { status, body: renewed } = await call('POST', '/api/token/refresh', { body })
  assert.equal(status, 200)
  const next = { refresh_token: renewed.refresh_token }
  const { body: latest } = await call('POST', '/api/token/refresh', { body: next })

  const again = await call('POST', '/api/token/refresh', { body })

  assert.equal(again.status, 401)
  assert.equal(again.body.type, '/problems/invalid-refresh-token')
  assert.equal(await statusFor(String(latest.access_token)), 401)
  const successor = { refresh_token: latest.refresh_token }
  assert.equal((await call('POST', '/api/token/refresh', { body: successor })).status, 401)
})

test('D3 a new password ends the other sessions at once, and not the one that asked', async () => {
  const { username, password, token } = await newAccount()
  const other = await logIn(username, password)
  const body = { current_password: password, new_password: unique('pass') }

  const { status } = await call('PUT', '/api/me/password', { token, body })

  assert.equal(status, 204)
  assert.equal(await statusFor(other.token), 401)
  assert.equal(await statusFor(token), 200)
})

test('B25 another user type ends the sessions of the user at once', async () => {
  const { id, token } = await newAccount()
  const body = { user_type: 'admin' }

  const { status } = await call('PATCH', `/api/users/${id}`, { token: demoAdmin.token, body })

  assert.equal(status, 200)
  assert.equal(await statusFor(token), 401)
})

test('a user sees and ends sessions', async () => {
  const { username, password, token } = await newAccount()
  const other = await logIn(username, password)

  const listed = await call('GET', '/api/me/sessions', { token })
  const ended = await call('DELETE', `/api/me/sessions/${sessionOf(other.token)}`, { token })

  assert.equal(listed.status, 200)
  const sessions: Record<string, unknown>[] = JSON.parse(listed.text)
  const shown = sessions.map(({ id, current }) => [id, current])
  assert.deepEqual(shown, [
    [sessionOf(other.token), false],
    [sessionOf(token), true]
  ])
  assert.match(String(sessions[0]?.address), /^[0-9a-f.:]+$/)
  assert.equal(ended.status, 204)
  assert.equal(await statusFor(other.token), 401)
  assert.equal(await statusFor(token), 200)
})

test('a list of sessions links to its next page', async () => {
  const { username, password, token } = await newAccount()
  await logIn(username, password)

  const first = await call('GET', '/api/v1/me/sessions?limit=1', { token })

  assert.equal(first.status, 200)
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  assert.match(next, /^\/api\/v1\/me\/sessions\?limit=1&cursor=/)
  const second = await call('GET', next, { token })
  assert.equal(second.status, 200)
  assert.equal(JSON.parse(second.text)[0].id, sessionOf(token))
})

test('C5 six wrong passwords are answered 429, with the time to wait', async () => {
  const { username } = await register()
  const wrong = async () =>
    call('POST', '/api/login', { body: { username, password: 'not-this-one' } })
  for (let index = 0; index < 5; index += 1) assert.equal((await wrong()).status, 401)

  const { status, headers, body } = await wrong()

  assert.equal(status, 429)
  assert.equal(body.type, '/problems/too-many-attempts')
  assert.match(headers.get('retry-after') ?? '', /^\d+$/)
})

for (const [what, token] of [
  ['nonsense', 'nonsense'],
  ['an unsigned token', 'eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJ4In0.'],
  ['a token in the wrong hands', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl']
] as const)
  test(`B18 ${what} is answered 401 with a challenge`, async () => {
    const { status, headers, body } = await call('GET', '/api/me', { token })

    assert.equal(status, 401)
    assert.match(headers.get('www-authenticate') ?? '', /^Bearer/)
    assert.match(String(body.type), /^\/problems\//)
  })
