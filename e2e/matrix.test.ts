import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newAccount } from './accounts.ts'
import { type Answer, call } from './client.ts'
import { matrix, type Role, type World } from './matrix.ts'
import { aliasesOf, printedMatrix, readTable } from './table.ts'

const table = readTable()
const printed = printedMatrix()
const spare = async (role: Role) => newAccount(role === 'admin' ? 'admin' : 'default')
const { refreshToken } = await newAccount()
const accounts = {
  user: await newAccount(),
  owner: await newAccount(),
  admin: await newAccount('admin')
}
const world: World = { accounts, spare, refreshToken }
const roles: readonly Role[] = ['anonymous', 'user', 'owner', 'admin']

test('E1 every line of gateway.yml has a row in the matrix and is printed, and every row has a line', () => {
  const lines = table.map(({ name }) => name)

  assert.deepEqual(Object.keys(matrix).sort(), lines.toSorted())
  assert.deepEqual([...printed.keys()], lines)
})

test('E1 each column that npm run gateway -- matrix prints is somebody who asks here', () => {
  for (const cells of printed.values()) assert.deepEqual(Object.keys(cells), roles)
})

test('E1 what the table calls public, and nothing else, is printed as passing for nobody', () => {
  for (const { name, allow } of table)
    assert.equal(printed.get(name)?.anonymous === 'pass', allow.includes('public'), name)
})

test('E1 the matrix says what is answered to all who pass, and to nobody else', () => {
  for (const [name, { passed }] of Object.entries(matrix)) {
    const passing = roles.filter((role) => printed.get(name)?.[role] === 'pass')
    const said = typeof passed === 'number' ? passing : Object.keys(passed)
    assert.deepEqual(said.toSorted(), passing.toSorted(), name)
  }
})

/** What no answer holds: a password's or a token's hash, or a column of the database that is nobody's business. */
const internal = /\$2[aby]\$|password_hash|token_hash|username_key|email_key|"protected"/

async function ask(name: string, role: Role, place = (path: string) => path): Promise<Answer> {
  const row = matrix[name]
  assert.ok(row, `${name} has a row`)
  const { path, body, token } = await row.request(world, role)
  const own = role === 'anonymous' ? undefined : (token ?? accounts[role].token)
  const answer = await call(name.split(' ')[0] ?? '', place(path), { body, token: own })
  assert.doesNotMatch(answer.text, internal)
  row.keep?.(world, answer.body)
  return answer
}

function isProblem({ status, headers, body, text }: Answer, expected: number) {
  assert.equal(status, expected, text)
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal(body.status, status)
  assert.equal(headers.has('www-authenticate'), status === 401)
}

/** The gateway's own refusals, told from those of a service by their slugs. */
const refusals = { 401: '/problems/no-token', 403: '/problems/not-allowed' }

for (const [name, cells] of printed)
  for (const role of roles) {
    const cell = cells[role]
    const { passed = {} } = matrix[name] ?? {}
    const expected = typeof passed === 'number' ? passed : passed[role]

    if (cell === 'pass')
      test(`E1 E5 ${name} passes the gateway and answers ${expected} to ${role}`, async () => {
        const answer = await ask(name, role)

        assert.equal(answer.status, expected, answer.text)
        if (answer.status >= 400) isProblem(answer, answer.status)
      })
    else
      test(`E1 ${name} answers ${cell} to ${role}, by each of its paths`, async () => {
        const places = [name.split(' ')[1] ?? '', ...aliasesOf(name.split(' ')[1] ?? '')]

        for (const [index] of places.entries()) {
          const answer = await ask(name, role, (path) => [path, ...aliasesOf(path)][index] ?? '')

          isProblem(answer, Number(cell))
          assert.equal(answer.body.type, refusals[Number(cell) as keyof typeof refusals])
        }
      })
  }

test('E2 an order of another user reads like one that does not exist', async () => {
  const { path = '' } = (await matrix['GET /api/orders/:id']?.request(world, 'owner')) ?? {}
  const missing = `/api/orders/${accounts.user.id}`
  const { token } = accounts.user

  const answers = [await call('GET', path, { token }), await call('GET', missing, { token })]

  const [theirs, none] = answers.map(({ status, body }) => ({ ...body, status, request_id: '' }))
  assert.equal(theirs?.status, 404)
  assert.deepEqual(theirs, none)
})
