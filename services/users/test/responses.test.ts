import { type TestContext, test } from 'node:test'
import { password, startUsers } from './start-users.ts'

interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  responses: Record<string, { description?: string; content?: object }>
}

test('E5 answers no hash, no token and no internal column', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register({ full_name: 'Ada' })
  const row = await users.prisma.user.findUniqueOrThrow({ where: { id: user.id } })
  const login = await users.logIn(user.username)

  const answers = [
    await users.admin.get('/users?limit=100'),
    await users.admin.get(`/users/${user.id}`),
    await users.admin.put(`/users/${user.id}`, { full_name: 'Ada L.' }),
    await users.admin.patch(`/users/${user.id}`, { full_name: 'Ada K.' }),
    await user.patch('/me', { full_name: 'Ada M.' }),
    await user.put('/me/password/0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f', {
      current_password: 'no',
      new_password: `${password}!`
    }),
    await users.nobody.get('/sessions/ended'),
    await users.logIn(user.username, 'wrong'),
    login
  ]

  for (const { body } of answers) {
    t.assert.doesNotMatch(body, /\$2b\$|password_hash|_key|token_hash|"protected"|ended_in/)
    t.assert.equal(body.includes(row.password_hash), false)
  }
  t.assert.equal(answers.filter(({ body }) => body.includes('refresh_token')).length, 1)
})

test('describes every operation for the public documentation', async (t: TestContext) => {
  const { app } = await startUsers(t)

  const document = (await app.inject('/openapi.json')).json()

  const paths: Record<string, Record<string, Operation>> = document.paths
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  const ids = operations.map(({ operationId }) => operationId).sort()
  t.assert.deepEqual(ids, [
    'changePassword',
    'createSession',
    'createUser',
    'deleteUser',
    'endOwnSession',
    'endSession',
    'getUser',
    'listEndedSessions',
    'listOwnSessions',
    'listUsers',
    'refreshSession',
    'replaceUser',
    'updateMe',
    'updateUser'
  ])
  const known = document.tags.map(({ name }: { name: string }) => name)
  for (const { operationId, summary, description, tags, responses } of operations) {
    t.assert.ok(summary && description, operationId)
    t.assert.ok(
      tags?.every((tag) => known.includes(tag)),
      operationId
    )
    for (const response of Object.values(responses)) t.assert.ok(response.description, operationId)
  }
  t.assert.doesNotMatch(JSON.stringify(document), /def-\d/)
})
