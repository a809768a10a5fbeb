import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newAccount } from './accounts.ts'
import { call } from './client.ts'
import { matrix, type Role, roles, type World } from './matrix.ts'
import { readTable } from './table.ts'

const table = readTable()
const spare = async (role: Role) => newAccount(role === 'admin' ? 'admin' : 'default')
const { refreshToken } = await newAccount()
const world: World = {
  owner: await newAccount(),
  other: await newAccount(),
  admin: await newAccount('admin'),
  spare,
  refreshToken
}

test('E1 every line of gateway.yml has a row in the matrix, and every row a line', () => {
  const lines = table.map(({ name }) => name)

  assert.deepEqual(Object.keys(matrix).sort(), lines.sort())
})

test('E1 what the table calls public, and nothing else, is answered to nobody', () => {
  for (const { name, allow } of table)
    assert.equal(matrix[name]?.expected[0] !== 401, allow.includes('public'), name)
})

async function ask(name: string, role: Role) {
  const row = matrix[name]
  assert.ok(row, `${name} has a row`)
  const { path, body, token } = await row.request(world, role)
  const own = role === 'anonymous' ? undefined : (token ?? world[role].token)
  const answer = await call(name.split(' ')[0] ?? '', path, { body, token: own })
  row.keep?.(world, answer.body)
  return answer
}

for (const [name, { expected }] of Object.entries(matrix))
  for (const [index, role] of roles.entries())
    test(`E1 ${name} answers ${expected[index]} to ${role}`, async () => {
      const { status, headers, body, text } = await ask(name, role)

      assert.equal(status, expected[index], text)
      if (status < 400) return
      assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/)
      assert.equal(body.status, status)
      assert.equal(headers.has('www-authenticate'), status === 401)
    })

test('E2 an order of another user reads like one that does not exist', async () => {
  const path = (await matrix['GET /api/orders/:id']?.request(world, 'owner'))?.path ?? ''
  const missing = `/api/orders/${world.other.id}`
  const { token } = world.other

  const answers = [await call('GET', path, { token }), await call('GET', missing, { token })]

  const [theirs, none] = answers.map(({ status, body }) => ({ ...body, status, request_id: '' }))
  assert.equal(theirs?.status, 404)
  assert.deepEqual(theirs, none)
})
