import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { decide } from '../src/auth/decide.ts'
import { markdownOf, matrixOf } from '../src/auth/matrix.ts'
import { parseTable } from '../src/table/load.ts'
import { startGateway, writeTable } from './harness/gateway.ts'
import { request } from './harness/request.ts'
import { ada, bearer, bob } from './harness/token.ts'
import { startUpstream } from './harness/upstream.ts'

const tableAt = (url: string) => `
services: { users: { url: "${url}", strip: /api } }
user_types: [admin, clerk, default]
aliases: { /api/v2: /api }
routes:
  POST /api/public:    { to: users, allow: public }
  GET  /api/any:       { to: users, allow: user }
  GET  /api/own/:id:   { to: users, allow: owner, owner: id }
  GET  /api/:x/of/:id: { to: users, allow: [clerk, owner], owner: id }
  ANY  /api/admin/**:  { to: users, allow: [admin] }
  GET  /api/both:      { to: users, allow: [user, admin] }
`

const callers = {
  anonymous: [],
  user: [bearer(bob)],
  owner: [bearer(ada)],
  clerk: [bearer(bob, 'clerk')],
  admin: [bearer(bob, 'admin')]
}
type Caller = keyof typeof callers

/** [allow, what the token says, the id in the path, the decision] */
const decisions = [
  [['public'], null, undefined, 'pass'],
  [['user'], null, undefined, 401],
  [['owner'], null, 'a', 401],
  [['user'], ['a', 'default'], undefined, 'pass'],
  [['admin'], ['a', 'default'], undefined, 403],
  [['admin'], ['a', 'admin'], undefined, 'pass'],
  [['owner'], ['a', 'default'], 'a', 'pass'],
  [['owner'], ['a', 'default'], 'b', 403],
  [['owner'], ['a', 'default'], undefined, 403],
  [['owner'], ['a', 'owner'], 'b', 403],
  [['admin', 'owner'], ['a', 'admin'], 'b', 'pass'],
  [['admin', 'owner'], ['a', 'clerk'], 'b', 403]
] as const

for (const [allow, token, id, expected] of decisions)
  test(`E1 ${allow} decides ${expected} for ${token ?? 'nobody'} where the path names ${id ?? 'nobody'}`, () => {
    const caller = token && { sub: token[0], user_type: token[1] }

    assert.equal(decide(allow, caller, id), expected)
  })

test('E1 the matrix has a line for each route and a column for each user type that one names', () => {
  const markdown = markdownOf(matrixOf(parseTable(tableAt('http://users'), 'gateway.yml', {})))

  assert.equal(
    markdown,
    `| route              | anonymous | user | owner | clerk | admin |
| ------------------ | --------- | ---- | ----- | ----- | ----- |
| POST /api/public   | pass      | pass | pass  | pass  | pass  |
| GET /api/any       | 401       | pass | pass  | pass  | pass  |
| GET /api/own/:id   | 401       | 403  | pass  | 403   | 403   |
| GET /api/:x/of/:id | 401       | 403  | pass  | pass  | 403   |
| ANY /api/admin/**  | 401       | 403  | 403   | 403   | pass  |
| GET /api/both      | 401       | pass | pass  | pass  | pass  |
`
  )
})

test('E1 a gateway decides each cell of the matrix as it is printed, under an alias too', async (t) => {
  const upstream = await startUpstream(t)
  const table = tableAt(upstream.url)
  const { port } = await startGateway(t, table)
  const matrix = matrixOf(parseTable(table, 'gateway.yml', {}))

  for (const { route, cells } of matrix.rows)
    for (const [index, cell] of cells.entries()) {
      const caller = matrix.callers[index] as Caller
      const [method = '', path = ''] = route.replace('ANY', 'DELETE').split(' ')
      const real = path.replace(':id', ada).replace(':x', 'notes').replace('**', 'a/b')
      for (const place of [real, real.replace('/api', '/api/v2')]) {
        const { status } = await request(t, port, place, { method, headers: callers[caller] })

        assert.equal(status, cell === 'pass' ? 200 : cell, `${route} by ${caller} at ${place}`)
      }
    }
})

test('gateway:matrix prints the matrix of a file, and tells what is wrong with one', async (t) => {
  const run = async (file: string) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, '../src/matrix.ts'), file])
  const { stdout } = await run(await writeTable(t, tableAt('http://users:8000')))
  const broken = run(await writeTable(t, tableAt('http://users').replace('clerk, o', 'clrk, o')))

  assert.match(stdout, /^\| route +\| anonymous \| user \| owner \| clerk \| admin \|\n/)
  assert.match(stdout, /^What holds for \/api holds for \/api\/v2\.$/m)
  await assert.rejects(broken, { code: 1, stderr: /clrk is no user type \(did you mean clerk\?\)/ })
})
