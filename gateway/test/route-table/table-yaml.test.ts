import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTable } from '../../src/route-table/load.ts'
import { mistakesOf } from '../harness/table.ts'

const services = 'services: { users: { url: "http://users:8000" } }'
const withRoutes = (...lines: string[]) =>
  `${services}\nroutes:\n${lines.map((line) => `  ${line}\n`).join('')}`

test('tells two lines apart that differ by the spaces that align them', () => {
  const mistakes = mistakesOf(
    withRoutes(
      'GET /x: { to: users, allow: user }',
      '',
      'GET    /x: { to: zz, allow: user, timeout: soon }'
    )
  )

  assert.match(String(mistakes[0]), /^5:46 GET \/x timeout: /)
})

test('finds the right one of two lines of one shape, and in it what is wrong', () => {
  const mistakes = mistakesOf(
    withRoutes('GET /x: { to: users, allow: user }', '', 'GET    /x: { to: zz, allow: user }')
  )

  assert.deepEqual(mistakes, [
    '5:3 GET /x: matches the same requests as line 3: remove one',
    '5:20 GET /x to: unknown service zz (known: users)'
  ])
})

test('knows the line of each route, however it is aligned', () => {
  const lines = ['GET    /a: { to: users, allow: user }', 'GET /b: { to: users, allow: user }']

  const { routes } = parseTable(withRoutes(...lines), 'gateway.yml', {})

  assert.deepEqual(
    routes.map(({ method, path, line }) => [method, path, line]),
    [
      ['GET', '/a', 3],
      ['GET', '/b', 4]
    ]
  )
})

/** [how a key is there twice, the lines]: the second one is on line 4 */
const twice: [string, string[]][] = [
  ['as it is', ['GET /x: { to: users, allow: user }', 'GET /x: { to: nobody, allow: public }']],
  ['in quotes', ['"GET /x": { to: users, allow: user }', 'GET /x: { to: nobody, allow: public }']],
  ['by an alias', ['&k GET /x: { to: users, allow: user }', '*k : { to: nobody, allow: public }']],
  [
    'by a variable',
    ['GET /x: { to: users, allow: user }', `GET /\${A:-x} : { to: nobody, allow: public }`]
  ]
]
for (const [how, lines] of twice)
  test(`refuses a line that is there twice ${how}, beside the other mistakes`, () => {
    const mistakes = mistakesOf(withRoutes(...lines))

    assert.equal(mistakes.length, 2, mistakes.join())
    assert.equal(mistakes[0], '4:3 GET /x: appears twice: remove one')
    assert.match(String(mistakes[1]), /^4:\d+ GET \/x to: unknown service nobody/)
  })

test('refuses a key that is there twice, wherever it is', () => {
  const mistakes = mistakesOf(
    `${services}\nroutes:\n  GET /x: { to: users, allow: user, to: users }\nroutes: {}\n`
  )

  assert.deepEqual(mistakes, [
    '3:37 to: appears twice: remove one',
    '4:1 routes: appears twice: remove one'
  ])
})
