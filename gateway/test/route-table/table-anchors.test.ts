import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTable } from '../../src/route-table/load.ts'
import { mistakesOf } from '../harness/table.ts'

const services = 'services: { users: { url: "http://users:8000" } }'
const withRoutes = (...lines: string[]) =>
  `${services}\nroutes:\n${lines.map((line) => `  ${line}\n`).join('')}`

/** Each value stands for nine of the one before: 9^8 in the end. */
const laughs = [...'abcdefgh'].map((name, index, names) => {
  const before = index === 0 ? 'x' : `*${names[index - 1]}`
  return `${name}: &${name} [${Array(9).fill(before).join(', ')}]\n`
})

/** [what is wrong, the lines, where, what is told]; a line after them is wrong as well */
const faults: [string, string[], string, RegExp][] = [
  ['an alias of nothing', ['GET /x: *nope'], '3:11', /the anchor &nope is not defined above/],
  [
    'an alias before its anchor',
    ['GET /x: *late', 'GET /y: &late { to: users, allow: user }'],
    '3:11',
    /the anchor &late is not defined above/
  ],
  [
    'an alias of nothing in a line',
    ['GET /x: { to: users, allow: *nope }'],
    '3:31',
    /the anchor &nope is not defined above/
  ],
  [
    'an alias of nothing for a key',
    ['*nope : { to: users, allow: user }'],
    '3:3',
    /the anchor &nope is not defined above/
  ],
  [
    'an alias within what it stands for',
    ['GET /x: &self { to: users, allow: user, path: *self }'],
    '3:49',
    /&self itself/
  ]
]
for (const [what, lines, place, told] of faults)
  test(`refuses ${what}, beside the other mistakes of the table`, () => {
    const mistakes = mistakesOf(withRoutes(...lines, 'GET /z: { to: nobody, allow: user }'))

    assert.equal(mistakes.length, 2, mistakes.join())
    assert.match(String(mistakes[0]), told)
    assert.ok(mistakes[0]?.startsWith(`${place} `), mistakes[0])
    assert.match(String(mistakes[1]), /GET \/z to: unknown service nobody/)
  })

test('refuses an alias of nothing for a service, and tells nothing else of it', () => {
  const mistakes = mistakesOf(
    'services: { users: *nope }\nroutes:\n  GET /x: { to: users, allow: usr }\n'
  )

  assert.equal(mistakes.length, 2, mistakes.join())
  assert.match(String(mistakes[0]), /^1:20 .*the anchor &nope is not defined above/)
  assert.match(String(mistakes[1]), /^3:31 GET \/x allow: unknown user type usr/)
})

test('refuses aliases that stand for more than a table can hold, at once', () => {
  const started = performance.now()
  const mistakes = mistakesOf(laughs.join('') + withRoutes('GET /x: { to: users, allow: user }'))

  assert.ok(performance.now() - started < 1000)
  assert.deepEqual(mistakes, ['1:1 an alias expands to more than 10000 values: write them out'])
})

test('takes a thousand lines that share what they say', () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `GET /${index}: *mine`)

  const { routes } = parseTable(
    withRoutes('GET /: &mine { to: users, allow: [user] }', ...lines),
    'gateway.yml',
    {}
  )

  assert.equal(routes.length, 1001)
  assert.deepEqual(routes.at(-1)?.allow, ['user'])
  assert.equal(routes.at(-1)?.line, 1003)
})

test('tells what is wrong behind an alias in each line that has it', () => {
  const mistakes = mistakesOf(withRoutes('GET /a: &x { to: nobody, allow: user }', 'GET /b: *x'))

  assert.deepEqual(
    mistakes.map((mistake) => mistake.split(': ')[0]),
    ['3:20 GET /a to', '4:11 GET /b to']
  )
})
