import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mistakesOf } from '../harness/table.ts'

const services = 'services:\n  users: { url: "http://users:8000" }\n'
const policy = '{ to: users, allow: user }'
/** A table whose routes begin in line 4. */
const withRoutes = (...lines: string[]) => `${services}routes:\n${lines.join('\n')}\n`

/** [what is wrong, the table, all that the loader says] */
const mistakes: [string, string, string[]][] = [
  [
    'a route without its colon',
    withRoutes(`  GET /a: ${policy}`, `  GET /b ${policy}`, `  GET /c: ${policy}`),
    ['5:9 a colon is missing: write GET /b: { … }']
  ],
  [
    'a route without the space behind its colon',
    withRoutes(`  GET /a:${policy}`),
    ['4:10 a space is missing after the colon: write GET /a: { … }']
  ],
  [
    'a section without its colon',
    `${services}routes\n  GET /a: ${policy}\n`,
    ['3:7 a colon is missing: write routes:']
  ],
  [
    'a key without its colon',
    withRoutes('  GET /a: { to users, allow: user }'),
    ['4:13 GET /a to users: a colon is missing: write to: users']
  ],
  [
    'a key without the space behind its colon',
    withRoutes('  GET /a: { to:users, allow: user }'),
    ['4:13 GET /a to:users: a space is missing after the colon: write to: users']
  ],
  [
    'a route that is indented by less',
    withRoutes(`  GET /a: ${policy}`, ` GET /b: ${policy}`),
    ['5:2 is indented by 1 space, the line above by 2: align the keys of one level']
  ],
  [
    'a route that is indented by more',
    withRoutes(`  GET /a: ${policy}`, '', `    GET /b: ${policy}`),
    ['6:5 is indented by 4 spaces, the line above by 2: align the keys of one level']
  ],
  [
    'routes that are not indented',
    withRoutes(`GET /a: ${policy}`, `GET /b: ${policy}`),
    ['4:1 GET /a: must be indented below routes:', '5:1 GET /b: must be indented below routes:']
  ],
  [
    'keys of a service that are not indented',
    'services:\n  users:\n  url: "http://users:8000"\n  strip: /api\nroutes: {}\n',
    [
      '3:3 services.url: must be indented below the name of a service',
      '4:3 services.strip: must be indented below the name of a service'
    ]
  ],
  [
    'tabs',
    withRoutes(`\tGET /a: ${policy}`, `\tGET /b: ${policy}`, `  \tGET /c: ${policy}`),
    ['4:1 a tab indents lines 4, 5, 6: use spaces']
  ],
  [
    'a tab among spaces',
    withRoutes(`  GET /a: ${policy}`, `\tGET /b: ${policy}`),
    ['5:1 a tab indents line 5: use spaces']
  ],
  [
    'a brace that is not closed',
    withRoutes('  GET /a: { to: users, allow: user', `  GET /b: ${policy}`),
    ['4:11 the { is not closed: add a }']
  ],
  [
    'a comma that is missing',
    withRoutes('  GET /a: { to: users allow: user }'),
    ['4:17 a comma between two keys is missing, or quotes around a value with a colon']
  ],
  [
    'a parameter in braces',
    withRoutes(`  GET /a/{id}: ${policy}`),
    ['4:3 GET /a/{id}: the path has {id}: write :id']
  ],
  [
    'a parameter in angle brackets',
    withRoutes(`  GET /a/<id>: ${policy}`),
    ['4:3 GET /a/<id>: the path has <id>: write :id']
  ],
  [
    'a parameter in braces of the path to forward to',
    withRoutes('  GET /a/:id: { to: users, path: "/b/{id}", allow: user }'),
    ['4:34 GET /a/:id path: the path to forward to has {id}: write :id']
  ],
  [
    'a parameter with a pattern',
    withRoutes(`  GET /a/:id(\\d+): ${policy}`),
    ['4:3 GET /a/:id(\\d+): the path has :id(\\d+): a parameter cannot have a pattern; write :id']
  ],
  [
    'a parameter that may be missing',
    withRoutes(`  GET /a/:id?: ${policy}`),
    ['4:3 GET /a/:id?: a parameter cannot be optional: write GET /a and GET /a/:id as two routes']
  ],
  [
    'a slash at the end',
    withRoutes(`  GET /a/: ${policy}`),
    ['4:3 GET /a/: the path ends with a slash: write /a']
  ],
  [
    'a strip with a slash at the end',
    'services:\n  users: { url: "http://u", strip: /api/ }\nroutes:\n  GET /api/a: { to: users, allow: user }\n',
    ['2:36 services.users strip: the prefix ends with a slash: write /api']
  ],
  [
    'aliases with a slash at the end',
    `${services}aliases: { /v1/: /a }\nroutes:\n  GET /a: ${policy}\n`,
    ['3:12 aliases./v1/: the prefix ends with a slash: write /v1']
  ],
  [
    'a method in small letters',
    withRoutes(`  patch /a: ${policy}`),
    ['4:3 patch /a: methods are upper case: write PATCH /a']
  ],
  [
    'a method that is misspelt',
    withRoutes(`  PATHC /a: ${policy}`),
    ['4:3 PATHC /a: unknown method PATHC (did you mean PATCH?)']
  ],
  [
    'a method that is none',
    withRoutes(`  FETCH /a: ${policy}`),
    [
      '4:3 FETCH /a: unknown method FETCH (known: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, QUERY, ANY)'
    ]
  ],
  [
    'two methods',
    withRoutes(`  GET,POST /a: ${policy}`),
    ['4:3 GET,POST /a: has more than one method: write a route for each, or ANY /a']
  ],
  [
    'no method',
    withRoutes(`  /a: ${policy}`),
    ['4:3 /a: the method is missing: write GET /a, for instance']
  ],
  [
    'no slash',
    withRoutes(`  GET a: ${policy}`),
    ['4:3 GET a: a path begins with a slash: write GET /a']
  ],
  [
    'a query',
    withRoutes(`  GET /a?x=1: ${policy}`),
    ['4:3 GET /a?x=1: a route cannot have a query: write GET /a']
  ],
  [
    'a URL',
    withRoutes(`  GET http://users/a: ${policy}`),
    ['4:3 GET http://users/a: has a URL instead of a path: write GET /a']
  ]
]
for (const [what, table, expected] of mistakes) {
  test(`the loader says in one sentence what is wrong with ${what}`, () => {
    assert.deepEqual(mistakesOf(table), expected)
  })
}
