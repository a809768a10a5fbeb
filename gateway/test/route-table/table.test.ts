import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../harness/command.ts'
import { spawnGateway, textOf, writeTable } from '../harness/gateway.ts'
import { faultsOf } from '../harness/table.ts'

const gatewayFolder = join(import.meta.dirname, '../..')

/** Runs `npm run gateway -- check` on a file; gives its exit code and all it wrote. */
async function check(file: string, env: Record<string, string> = {}) {
  const { code, out, err } = await runCommand(['check', file], env)
  return { code, output: out + err }
}

const services = 'services: { users: { url: "http://users:8000" }, orders: { url: "http://o:1" } }'
const withRoute = (line: string) => `${services}\nroutes:\n  ${line}\n`

/** [what is wrong, the table, line of the error, what is told] */
const faults: [string, string, number, RegExp][] = [
  [
    'an unknown key',
    withRoute('GET /a: { to: users, alow: public }'),
    3,
    /alow.*did you mean.*allow/i
  ],
  [
    'an unknown key at the top',
    `${services}\nroute: {}\nroutes: {}\n`,
    2,
    /route.*did you mean.*routes/i
  ],
  ['a missing allow', withRoute('GET /a: { to: users }'), 3, /GET +\/a.*allow/],
  ['a missing to', withRoute('GET /a: { allow: public }'), 3, /GET +\/a.*\bto\b/],
  ['an empty allow', withRoute('GET /a: { to: users, allow: [] }'), 3, /allow/],
  [
    'an unknown service',
    withRoute('GET /a: { to: usres, allow: user }'),
    3,
    /usres.*did you mean.*users/i
  ],
  [
    'two routes of one shape',
    withRoute('GET /a/:id: { to: users, allow: user }\n  GET /a/:name: { to: users, allow: user }'),
    4,
    /GET +\/a\/:name.*line 3/
  ],
  [
    'the same route twice',
    withRoute('GET /a: { to: users, allow: user }\n  GET /a: { to: orders, allow: user }'),
    4,
    /GET +\/a/
  ],
  [
    'a bad duration',
    withRoute('GET /a: { to: users, allow: user, timeout: 10 sec }'),
    3,
    /timeout.*duration/
  ],
  [
    'a bad size',
    withRoute('GET /a: { to: users, allow: user, body: 1 megabyte }'),
    3,
    /body.*size/
  ],
  [
    'a bad rate',
    withRoute('GET /a: { to: users, allow: user, rate: 5 per day per house }'),
    3,
    /rate/
  ],
  [
    'a rate per user on a public line',
    withRoute('GET /a: { to: users, allow: public, rate: 5/min per user }'),
    3,
    /rate|user/
  ],
  [
    'an unknown variable',
    `services:\n  users: { url: "\${NO_SUCH_URL}" }\nroutes: {}\n`,
    2,
    /NO_SUCH_URL/
  ],
  [
    'an owner without a parameter',
    withRoute('GET /a/:id: { to: users, allow: owner }'),
    3,
    /owner/
  ],
  [
    'an owner of no such parameter',
    withRoute('GET /a/:id: { to: users, allow: owner, owner: di }'),
    3,
    /:di.*\bid\b/
  ],
  [
    'an owner that allow does not name',
    withRoute('GET /a/:id: { to: users, allow: user, owner: id }'),
    3,
    /owner/
  ],
  ['public beside others', withRoute('GET /a: { to: users, allow: [public, user] }'), 3, /public/],
  [
    'a path with an unknown parameter',
    withRoute('GET /a/:id: { to: users, path: "/b/:di", allow: user }'),
    3,
    /:?di/
  ],
  [
    '$user.id on a public line',
    withRoute('GET /a: { to: users, path: /b/$user.id, allow: public }'),
    3,
    /\$user\.id|public/
  ],
  ['an unknown method', withRoute('GTE /a: { to: users, allow: user }'), 3, /GTE \/a.*GET/],
  ['a route without a method', withRoute('/a: { to: users, allow: user }'), 3, /\/a/],
  ['a path without a slash', withRoute('GET a: { to: users, allow: user }'), 3, /GET +a/],
  ['a wildcard in the middle', withRoute('GET /a/**/b: { to: users, allow: user }'), 3, /\*\*/],
  ['a parameter named twice', withRoute('GET /a/:id/:id: { to: users, allow: user }'), 3, /:?id/],
  ['a path that is not canonical', withRoute('GET /a/../b: { to: users, allow: user }'), 3, /\.\./],
  ['a reserved path', withRoute('GET /docs: { to: users, allow: public }'), 3, /\/docs/],
  [
    'a reserved path below',
    withRoute('GET /health/live: { to: users, allow: public }'),
    3,
    /\/health/
  ],
  ['an url that is none', 'services:\n  users: { url: "users" }\nroutes: {}\n', 2, /users/],
  [
    'an url with a path',
    'services:\n  users: { url: "http://users:1/path" }\nroutes: {}\n',
    2,
    /url|path/
  ],
  ['a list of routes', `${services}\nroutes: [1]\n`, 2, /routes/],
  ['bad YAML', `${services}\nroutes:\n  GET /a: { to: users, allow: user\n`, 3, /./]
]
for (const [how, table, line, told] of faults) {
  test(`refuses a table with ${how}, and tells where`, () => {
    const message = faultsOf(table)

    const place = message.split('\n').find((text) => /\.yml:\d+:\d+ /.test(text)) ?? message
    assert.match(message, told)
    if (how !== 'bad YAML') assert.match(place, new RegExp(`^ *gateway.yml:${line}:\\d+ `))
  })
}

test('tells all mistakes of a table at once, each on a line of its own', async (t) => {
  const lines = [
    'GET /a: { to: nobody, allow: user }',
    'GET /b: { to: users }',
    'GET /c: { to: users, allow: user, timeout: soon, tiemout: 1s }',
    'GET /ok: { to: users, allow: user }',
    'GET /d/:x: { to: users, allow: user }',
    'GET /d/:y: { to: users, allow: user }'
  ]
  const file = await writeTable(t, withRoute(lines.join('\n  ')))

  const { code, output } = await check(file)

  assert.equal(code, 1)
  const told = output.split('\n').map((text) => text.trim().split(':'))
  const places = told.filter(([name]) => name === file).map(([, line]) => Number(line))
  assert.deepEqual(places, [3, 4, 5, 5, 8], output)
  assert.ok(!/ at .*\.ts:\d+/.test(output), 'a stack trace')
})

test('the gateway does not start with a bad table, and tells why', async (t) => {
  const child = spawnGateway(await writeTable(t, withRoute('GET /b: { to: users }')))
  const stderr = textOf(child.stderr)
  const [code] = await once(child, 'exit')

  assert.equal(code, 1)
  assert.match(stderr(), /gateway\.yml:3:\d+ .*GET +\/b.*allow/)
})

test('the gateway does not start without its table, and tells which is missing', async () => {
  const child = spawnGateway('/no/such/table.yml')
  const stderr = textOf(child.stderr)
  const [code] = await once(child, 'exit')

  assert.equal(code, 1)
  assert.match(stderr(), /\/no\/such\/table\.yml/)
})

test('takes variables of the environment, and their defaults', async (t) => {
  const url = `"\${SOME_URL:-http://users:8000}"`
  const table = `services: { users: { url: ${url} } }\nroutes:\n  GET /a: { to: users, allow: user }\n`
  const file = await writeTable(t, table)

  assert.deepEqual((await check(file)).code, 0)
  assert.equal((await check(file, { SOME_URL: 'http://other:1' })).code, 0)
  assert.equal((await check(file, { SOME_URL: 'nonsense' })).code, 1)
})

test('finds no fault in the table of the project', async () => {
  const { code, output } = await check(join(gatewayFolder, 'gateway.yml'))

  assert.equal(code, 0, output)
})
