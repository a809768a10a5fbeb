import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTable } from '../../src/route-table/load.ts'
import { faultsOf } from '../harness/table.ts'

const services = 'services: { users: { url: "http://users:8000", strip: /api } }'
const withAlias = (aliases: string) =>
  `${services}\naliases:\n  ${aliases}\nroutes:\n  GET /api/users/:id: { to: users, allow: user }\n  ANY /api/:any: { to: users, allow: user }\n`
const withRoute = (line: string) => `${services}\nroutes:\n  ${line}\n`

/** [what is wrong, the table, line and column of the error, what is told] */
const faults: [string, string, string, RegExp][] = [
  ['an alias of the docs', withAlias('/docs: /api/users'), '3:3', /aliases\.\/docs.*\/docs\/:id/],
  ['an alias in the docs', withAlias('/docs/v1: /api'), '3:3', /\/docs\/v1/],
  ['an alias over /health/live', withAlias('/health: /api'), '3:3', /\/health\/users\/:id/],
  ['an alias of nothing', withAlias('/u: /api/usres'), '3:3', /no route.*\/api\/usres/],
  ['an alias with a dot segment', withAlias('/../u: /api'), '3:3', /dot segment/],
  ['an alias with a parameter', withAlias('/:u: /api'), '3:3', /parameter/],
  ['an alias of /', withAlias('/: /api'), '3:3', /empty segment/],
  [
    'a line in the docs',
    withRoute('GET /docs/:page: { to: users, path: /x, allow: user }'),
    '3:3',
    /answers/
  ],
  [
    'a line over /health/ready',
    withRoute('GET /health/**: { to: users, path: /x, allow: user }'),
    '3:3',
    /answers/
  ],
  [
    'a timeout of 30 days',
    withRoute('GET /api: { to: users, allow: user, timeout: 30d }'),
    '3:48',
    /24d/
  ],
  [
    'a timeout of 2^31 ms',
    withRoute('GET /api: { to: users, allow: user, timeout: { ms: 2147483648 } }'),
    '3:48',
    /24d/
  ],
  [
    'an idle time of 30 days',
    withRoute('GET /api: { to: users, allow: user, stream: sse, idle_timeout: 30d }'),
    '3:66',
    /24d/
  ],
  [
    'a default timeout of 30 days',
    `${services}\ndefaults: { timeout: 30d }\nroutes: {}\n`,
    '2:22',
    /24d/
  ],
  [
    'a max_age of 30 days',
    `${services}\ncors: { origins: ["https://a.example"], max_age: 30d }\nroutes: {}\n`,
    '2:50',
    /24d/
  ],
  [
    'a parameter that is part of a segment',
    withRoute('GET /api/:id: { to: users, allow: user, path: "/b/:id/x:cancel" }'),
    '3:49',
    /no :cancel/
  ],
  [
    'a dot segment in the path to forward to',
    withRoute('GET /api/:id: { to: users, allow: user, path: "/b/../c" }'),
    '3:49',
    /dot segment/
  ],
  [
    'a wildcard in the path to forward to',
    withRoute('GET /api/**: { to: users, allow: user, path: "/b/**" }'),
    '3:48',
    /wildcard/
  ]
]
for (const [how, table, place, told] of faults) {
  test(`refuses a table with ${how}, and tells where`, () => {
    const [, first = ''] = faultsOf(table).split('\n')

    assert.match(first, told)
    assert.ok(first.trim().startsWith(`gateway.yml:${place} `), first)
  })
}

test('takes the longest time that a timer can wait', () => {
  const table = parseTable(
    withRoute('GET /api: { to: users, allow: user, timeout: { ms: 2147483647 } }'),
    'gateway.yml',
    {}
  )

  assert.equal(table.routes[0]?.timeoutMs, 2 ** 31 - 1)
})

test('takes a parameter of the line twice in the path to forward to', () => {
  const line = 'GET /api/:id: { to: users, allow: user, path: "/a%20b/:id/of/:id/" }'

  assert.equal(
    parseTable(withRoute(line), 'gateway.yml', {}).routes[0]?.target,
    '/a%20b/:id/of/:id/'
  )
})
