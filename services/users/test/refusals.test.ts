import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { callerHeaders } from '@gatehouse/service-kit/testing'
import { password, startUsers, uniqueName } from './start-users.ts'

test('A7 refuses an identity that is missing, malformed or unsigned', async (t: TestContext) => {
  const { app } = await startUsers(t)
  const signed = callerHeaders({ id: randomUUID(), type: 'admin' })
  const { 'request-signature': _, ...unsigned } = signed
  const attempts: Record<string, string>[] = [
    {},
    unsigned,
    { ...signed, 'request-user-id': randomUUID() },
    { ...signed, 'request-user-type': 'default' },
    callerHeaders({ id: '1', type: 'admin' }),
    callerHeaders({ id: '-1', type: 'admin' }),
    callerHeaders({ id: `${randomUUID()}, ${randomUUID()}`, type: 'admin' }),
    callerHeaders({ id: 'a'.repeat(5000), type: 'admin' }),
    callerHeaders()
  ]

  for (const headers of attempts) {
    const response = await app.inject({ url: '/users', headers })
    t.assert.equal(response.statusCode, 401, JSON.stringify(headers).slice(0, 200))
  }
})

test('A8 refuses a signature that has been altered', async (t: TestContext) => {
  const { app } = await startUsers(t)
  const headers = callerHeaders({ id: randomUUID(), type: 'admin' })
  const signature = `${headers['request-signature']}`
  const altered = signature.slice(0, -2) + (signature.endsWith('AA') ? 'BB' : 'AA')

  const response = await app.inject({
    url: '/users',
    headers: { ...headers, 'request-signature': altered }
  })

  t.assert.equal(response.statusCode, 401)
})

test('E10 decides who may do what, whatever the gateway let through', async (t: TestContext) => {
  const { register, as, admin } = await startUsers(t)
  const other = await register()
  const user = await register()
  const path = `/users/${other.id}`
  const stranger = as({ id: randomUUID(), type: 'auditor' })

  const refused = [
    await user.get('/users'),
    await user.post('/users', { username: uniqueName(), password }),
    await user.get(path),
    await user.put(path, { full_name: 'x' }),
    await user.patch(path, { full_name: 'x' }),
    await user.patch(`/users/${user.id}`, { user_type: 'admin' }),
    await user.delete(path),
    await user.delete(`/users/${user.id}`),
    await stranger.get('/users'),
    await admin.get('/sessions/ended')
  ]
  const own = await user.get(`/users/${user.id}`)

  for (const { statusCode } of refused) t.assert.equal(statusCode, 403)
  t.assert.equal(own.statusCode, 200)
})

test('E3 resolves ids in their canonical form only', async (t: TestContext) => {
  const { admin, register } = await startUsers(t)
  const { id } = await register()
  const spellings = ['1', '01', '1.0', '1e0', '%201', '+1', '0x1', '1%00', '[1]', `${2n ** 63n}`]
  const own = [id.toUpperCase(), `urn:uuid:${id}`, `{${id}}`, `${id}%20`, id.replaceAll('-', '')]

  for (const spelling of [...spellings, ...own]) {
    const response = await admin.get(`/users/${spelling}`)
    t.assert.ok([400, 404].includes(response.statusCode), `${spelling} ${response.statusCode}`)
  }
})

test('E4 refuses fields that are not for the client to set', async (t: TestContext) => {
  const { admin, register, prisma } = await startUsers(t)
  const user = await register()
  const before = await prisma.user.findUnique({ where: { id: user.id } })
  const extra = [
    '"role":"admin"',
    '"isAdmin":true',
    `"id":"${randomUUID()}"`,
    '"password_hash":"x"',
    '"protected":true',
    '"created_at":"2020-01-01T00:00:00.000Z"',
    '"created_by":null',
    '"username_key":"x"',
    '"__proto__":{"user_type":"admin"}',
    '"constructor":{"prototype":{"user_type":"admin"}}'
  ]

  for (const field of extra) {
    const body = `{"full_name":"x",${field}}`
    const name = `"username":"${uniqueName()}","password":"${password}"`
    const answers = [
      await admin.patch(`/users/${user.id}`, body),
      await admin.put(`/users/${user.id}`, body),
      await user.patch('/me', body),
      await admin.post('/users', `{${name},${field}}`)
    ]
    for (const answer of answers) t.assert.equal(answer.statusCode, 400, field)
  }

  t.assert.deepEqual(await prisma.user.findUnique({ where: { id: user.id } }), before)
})

test('E4 does not let users change their own type', async (t: TestContext) => {
  const { register } = await startUsers(t)
  const user = await register()

  const response = await user.patch('/me', { user_type: 'admin' })

  t.assert.equal(response.statusCode, 400)
})

test('E7 refuses parameters beside the path', async (t: TestContext) => {
  const { admin, register } = await startUsers(t)
  const { id } = await register()

  const query = await admin.get(`/users/${id}?id=${randomUUID()}`)
  const body = await admin.patch(`/users/${id}`, { id: randomUUID(), full_name: 'x' })

  t.assert.equal(query.statusCode, 400)
  t.assert.equal(body.statusCode, 400)
})

test('refuses values that are not valid, and stores nothing', async (t: TestContext) => {
  const { admin } = await startUsers(t)
  const username = uniqueName()
  const wrong: object[] = [
    { password },
    { username },
    { username: 'ab', password },
    { username: 'a'.repeat(65), password },
    { username: 'sp ace', password },
    { username: 'K\u0131ng', password },
    { username, password: 'short' },
    { username, password: 'a'.repeat(129) },
    { username, password: 12_345_678 },
    { username, password, email: 'nonsense' },
    { username, password, email: `${'a'.repeat(250)}@example.org` },
    { username, password, full_name: 'nul \u0000' },
    { username, password, full_name: '   ' },
    { username, password, user_type: 'root' }
  ]

  for (const body of wrong) {
    const response = await admin.post('/users', body)
    t.assert.equal(response.statusCode, 400, JSON.stringify(body).slice(0, 100))
  }

  t.assert.equal((await admin.post('/users', { username, password })).statusCode, 201)
})
