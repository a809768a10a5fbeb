import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../src/auth/authorize.ts'
import { markdownOf, matrixOf } from '../../src/cli/matrix.ts'
import { parseTable } from '../../src/route-table/load.ts'
import { runCommand } from '../harness/command.ts'
import { startGateway, writeTable } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { ada, bearer, bob } from '../harness/token.ts'
import { startUpstream } from '../harness/upstream.ts'

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

test('E9 E11 HEAD is decided as GET is, and OPTIONS and unknown methods get 405 with allow', async (t) => {
  const upstream = await startUpstream(t)
  const { port } = await startGateway(t, tableAt(upstream.url))
  const ask = async (method: string, headers: string[]) =>
    request(t, port, `/api/own/${ada}`, { method, headers })

  for (const [caller, status] of [
    ['anonymous', 401],
    ['user', 403],
    ['owner', 200]
  ] as const) {
    assert.equal((await ask('GET', callers[caller])).status, status, `GET by ${caller}`)
    assert.equal((await ask('HEAD', callers[caller])).status, status, `HEAD by ${caller}`)
  }
  for (const method of ['OPTIONS', 'DELETE', 'TRACE']) {
    const { status, header } = await ask(method, callers.owner)
    assert.equal(status, 405, method)
    if (method !== 'TRACE') assert.equal(header('allow'), 'GET, HEAD')
  }
  assert.deepEqual([...new Set(upstream.seen.map(({ method }) => method))], ['GET', 'HEAD'])
})

for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override', '_method'])
  test(`E8 ${name} changes neither what is decided nor what is done`, async (t) => {
    const upstream = await startUpstream(t)
    const { port } = await startGateway(t, tableAt(upstream.url))
    const lines = [`${name}: DELETE`]

    const refused = await request(t, port, `/api/own/${ada}?_method=GET`, {
      method: 'DELETE',
      headers: [...callers.owner, `${name}: GET`]
    })
    const read = await request(t, port, '/api/any?_method=DELETE', {
      headers: [...callers.user, ...lines]
    })

    assert.equal(refused.status, 405)
    assert.ok([200, 400].includes(read.status), `${read.status}`)
    assert.ok(upstream.seen.every(({ method }) => method === 'GET'))
  })

test('the matrix command prints the matrix of a file, and tells what is wrong with one', async (t) => {
  const run = async (table: string) => runCommand(['matrix', await writeTable(t, table)])
  const { out } = await run(tableAt('http://users:8000'))
  const broken = await run(tableAt('http://users').replace('clerk, o', 'clrk, o'))

  assert.match(out, /^\| route +\| anonymous \| user \| owner \| clerk \| admin \|\n/)
  assert.match(out, /^\/api\/v2 is an alias of \/api: the same callers are allowed\.$/m)
  assert.equal(broken.code, 1)
  assert.match(broken.err, /unknown user type clrk \(did you mean clerk\?\)/)
})
