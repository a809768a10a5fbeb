import { type TestContext, test } from 'node:test'
import bcrypt from 'bcrypt'
import { createPasswords, dummyHash } from '../src/passwords/passwords.ts'
import { password, startUsers, uniqueAddress, uniqueName } from './start-users.ts'

/** All of a response that tells something: not its time and not its request id. */
function told(response: { statusCode: number; headers: object; json: () => object }) {
  const { 'request-id': _id, date: _date, ...headers } = response.headers as Record<string, unknown>
  return { status: response.statusCode, headers, body: { ...response.json(), request_id: '' } }
}

test('logs in, whatever the case of the name', async (t: TestContext) => {
  const { register, nobody } = await startUsers(t)
  const { id, username } = await register()

  const response = await nobody.post('/sessions', { username: username.toUpperCase(), password })

  t.assert.equal(response.statusCode, 201)
  const { session_id, refresh_token, ...rest } = response.json()
  t.assert.deepEqual(rest, { user_id: id, user_type: 'default' })
  t.assert.match(session_id, /^[0-9a-f-]{36}$/)
  t.assert.ok(Buffer.from(refresh_token, 'base64url').length >= 32)
})

test('C17 tells caches not to keep a login', async (t: TestContext) => {
  const { register, logIn } = await startUsers(t)

  const response = await logIn((await register()).username)

  t.assert.equal(response.statusCode, 201)
  t.assert.equal(response.headers['cache-control'], 'no-store')
})

test('C1 answers an unknown user and a wrong password alike', async (t: TestContext) => {
  const { register, logIn } = await startUsers(t)
  const { username } = await register()

  const wrong = await logIn(username, 'not the password')
  const unknown = await logIn(uniqueName(), 'not the password')

  t.assert.equal(wrong.statusCode, 401)
  t.assert.equal(wrong.json().type, '/problems/wrong-credentials')
  t.assert.deepEqual(told(unknown), told(wrong))
})

test('C3 compares with a dummy of the current cost where there is no user', (t: TestContext) => {
  for (const cost of [4, 10, 12]) {
    t.assert.match(dummyHash(cost), /^\$2b\$\d\d\$[./A-Za-z0-9]{53}$/)
    t.assert.equal(bcrypt.getRounds(dummyHash(cost)), cost)
  }
})

test('C4 hashes a password again after a login with an outdated cost', async (t: TestContext) => {
  const users = await startUsers(t, { cost: 5 })
  const { id, username } = await users.register()
  const outdated = await createPasswords({ cost: 4 }).hash(password)
  await users.prisma.user.update({ where: { id }, data: { password_hash: outdated } })

  const response = await users.logIn(username)
  const again = await users.logIn(username)

  t.assert.equal(response.statusCode, 201)
  t.assert.equal(again.statusCode, 201)
  const { password_hash } = await users.prisma.user.findUniqueOrThrow({ where: { id } })
  t.assert.equal(bcrypt.getRounds(password_hash), 5)
})

test('C10 cuts nothing off a password, folds no case, trims nothing', async (t: TestContext) => {
  const { register, logIn } = await startUsers(t)
  const long = Array.from({ length: 40 }, (_, index) => index * 37)
    .join('x')
    .slice(0, 99)
  const pairs = [
    [`${long}b`, `${long}c`],
    [`${long.slice(0, 60)}😀`, `${long.slice(0, 60)}😁`],
    ['pass\u0000word one', 'pass\u0000word two'],
    ['MixedCaseWord', 'mixedcaseword'],
    [' spaces around ', 'spaces around']
  ] as const

  for (const [right, wrong] of pairs) {
    const { username } = await register({ password: right })
    t.assert.equal((await logIn(username, wrong)).statusCode, 401)
    t.assert.equal((await logIn(username, right)).statusCode, 201)
  }
})

test('C13 refuses a login that is too large or no login, before it hashes', async (t: TestContext) => {
  const { nobody } = await startUsers(t, { cost: 15 })
  const username = uniqueName()
  const large = await nobody.post('/sessions', { username, password: 'a'.repeat(4096) })
  const megabyte = await nobody.post('/sessions', { username, password: 'a'.repeat(1_000_000) })
  const wrong: object[] = [
    { username },
    { username, password: 1 },
    { username, password: [password] },
    { username, password: { $ne: null } },
    { username, password: null },
    { username: [username], password },
    { username, password, extra: true }
  ]

  const start = performance.now()
  const answers = await Promise.all(wrong.map(async (body) => nobody.post('/sessions', body)))

  t.assert.equal(large.statusCode, 413)
  t.assert.equal(megabyte.statusCode, 413)
  for (const { statusCode } of answers) t.assert.equal(statusCode, 400)
  t.assert.ok(performance.now() - start < 1000, 'a hash of cost 15 takes longer')
})

test('C15 logs every attempt with its result, and never what was typed', async (t: TestContext) => {
  const { register, logIn, lines, audited } = await startUsers(t)
  const from = { 'x-forwarded-for': '192.0.2.1, 198.51.100.1' }
  const { id, username } = await register()
  const secrets = ['wrong-secret-typed', 'typed-as-a-name', username]

  await logIn(username, secrets[0], from)
  await logIn('typed-as-a-name', password, from)
  const { refresh_token } = (await logIn(username, password, from)).json()

  const log = lines.join('')
  const attempts = audited('login')
  t.assert.deepEqual(
    attempts.map(({ user_id, result, ip }) => [user_id, result, ip]),
    [
      [id, 'refused', '192.0.2.1'],
      [null, 'refused', '192.0.2.1'],
      [id, 'granted', '192.0.2.1']
    ]
  )
  for (const { time, request_id } of attempts) t.assert.ok(Date.parse(time) > 0 && request_id)
  for (const secret of [...secrets, password, refresh_token])
    t.assert.equal(log.includes(secret), false, secret)
})

test('C16 takes hostile names and passwords for names and passwords', async (t: TestContext) => {
  const { logIn, register } = await startUsers(t)
  const { username } = await register({ username: `${uniqueName()}k` })
  const hostile = [
    "' or 1=1 --",
    '*)(uid=*))(|(uid=*',
    '{"$gt":""}',
    '\u0000',
    `${username}\u0000`,
    '%',
    '\ud800',
    '',
    'a'.repeat(255),
    username.replace(/k$/, '\u212a')
  ]

  for (const text of hostile) {
    const headers = { 'x-forwarded-for': uniqueAddress() }
    const asName = await logIn(text, password, headers)
    const asPassword = await logIn(username, text, headers)
    t.assert.equal(asName.statusCode, 401, text)
    // A lone surrogate is no text (RFC 8259, section 8.2): as UTF-8, all of them are one.
    t.assert.equal(asPassword.statusCode, text === '\ud800' ? 400 : 401, text)
    t.assert.equal(asName.json().type, '/problems/wrong-credentials')
  }
})
