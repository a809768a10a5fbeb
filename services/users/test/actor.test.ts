import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { callerHeaders } from '@gatehouse/service-kit/testing'
import { adminId, password, startUsers, uniqueName } from './start-users.ts'

type Users = Awaited<ReturnType<typeof startUsers>>
type Account = Awaited<ReturnType<Users['register']>>

const elsewhere = '/me/password/0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f'
const newPassword = 'a different good password'

/** Every request by which a user changes something; `other` is whom an admin changes. */
const writes: Record<string, (who: Account, other: Account, session: string) => Promise<Answer>> = {
  'POST /users': (who) => who.post('/users', { username: uniqueName(), password }),
  'POST /users of an admin': (who) =>
    who.post('/users', { username: uniqueName(), password, user_type: 'admin' }),
  'PATCH /users/:id': (who, other) => who.patch(`/users/${other.id}`, { full_name: 'x' }),
  'PUT /users/:id': (who, other) => who.put(`/users/${other.id}`, { password: newPassword }),
  'PATCH /users/:id of itself': (who) => who.patch(`/users/${who.id}`, { disabled: false }),
  'DELETE /users/:id': (who, other) => who.delete(`/users/${other.id}`),
  'PATCH /me': (who) => who.patch('/me', { full_name: 'x' }),
  'PUT /me/password': (who) =>
    who.put(elsewhere, { current_password: password, new_password: newPassword }),
  'DELETE /sessions/:id': (who, _, session) => who.delete(`/sessions/${session}`),
  'POST /sessions/:id/end': (who, _, session) => who.post(`/sessions/${session}/end`)
}

type Answer = { statusCode: number; json: () => { type?: string } }

const ends = {
  deleted: (users: Users, id: string) => users.admin.delete(`/users/${id}`),
  disabled: (users: Users, id: string) => users.admin.patch(`/users/${id}`, { disabled: true })
}

for (const [how, end] of Object.entries(ends))
  for (const [what, write] of Object.entries(writes))
    test(`B31 refuses ${what} by an admin who is ${how}, whatever the gateway let through`, async (t: TestContext) => {
      const users = await startUsers(t)
      const boss = await users.register({ user_type: 'admin' })
      const other = await users.register()
      const session = (await users.logIn(boss.username)).json().session_id
      await end(users, boss.id)
      const before = await users.prisma.user.findMany({ orderBy: { id: 'asc' } })

      const answer = await write(boss, other, session)

      t.assert.equal(answer.statusCode, 401)
      t.assert.equal(answer.json().type, '/problems/no-user')
      t.assert.deepEqual(await users.prisma.user.findMany({ orderBy: { id: 'asc' } }), before)
    })

for (const what of Object.keys(writes).filter((name) => name.includes('/users')))
  test(`B31 refuses ${what} by who is no admin any more`, async (t: TestContext) => {
    const users = await startUsers(t)
    const boss = await users.register({ user_type: 'admin' })
    const other = await users.register()
    await users.admin.patch(`/users/${boss.id}`, { user_type: 'default' })
    const before = await users.prisma.user.findMany({ orderBy: { id: 'asc' } })

    const answer = await writes[what]?.(boss, other, '')

    t.assert.equal(answer?.statusCode, 403)
    t.assert.equal(answer?.json().type, '/problems/not-allowed')
    t.assert.deepEqual(await users.prisma.user.findMany({ orderBy: { id: 'asc' } }), before)
  })

test('B31 creates no user for an admin who is disabled before the last byte of the body', async (t: TestContext) => {
  const users = await startUsers(t)
  const boss = await users.register({ user_type: 'admin' })
  await users.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = users.app.server.address() as { port: number }
  const username = uniqueName()
  const body = JSON.stringify({ username, password, user_type: 'admin' })
  const headers = {
    ...callerHeaders({ id: boss.id, type: 'admin' }),
    host: 'users',
    connection: 'close',
    'content-type': 'application/json',
    'content-length': body.length
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  const begun = once(users.app.server, 'request')
  socket.write(`POST /users HTTP/1.1\r\n${lines.join('')}\r\n${body.slice(0, -1)}`)
  await begun
  await users.admin.patch(`/users/${boss.id}`, { disabled: true })

  socket.write(body.slice(-1))
  const [answer] = await once(socket, 'data')

  t.assert.match(`${answer}`, /^HTTP\/1.1 401 /)
  t.assert.equal(await users.prisma.user.count({ where: { username } }), 0)
})

test('B31 lets one of two admins who disable or delete each other do so', async (t: TestContext) => {
  const users = await startUsers(t)
  for (let round = 0; round < 10; round += 1) {
    const [a, b] = [
      await users.register({ user_type: 'admin' }),
      await users.register({ user_type: 'admin' })
    ]

    const answers = await Promise.all([
      a.patch(`/users/${b.id}`, { disabled: true }),
      round % 2
        ? b.delete(`/users/${a.id}`)
        : b.patch(`/users/${a.id}`, { full_name: 'x', disabled: true })
    ])

    const statuses = answers.map(({ statusCode }) => statusCode).sort()
    t.assert.equal(statuses[1], 401)
    t.assert.ok(statuses[0] === 200 || statuses[0] === 204, `${statuses}`)
  }
})

test('B31 keeps no admin from the work of another, many at once', async (t: TestContext) => {
  const users = await startUsers(t)
  const other = await users.register({ user_type: 'admin' })
  const target = await users.register()

  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) =>
      index % 2
        ? users.admin.patch(`/users/${other.id}`, { full_name: `${index}` })
        : other.patch(`/users/${index % 4 ? adminId : target.id}`, { full_name: `${index}` })
    )
  )

  t.assert.deepEqual(new Set(answers.map(({ statusCode }) => statusCode)), new Set([200]))
})
