import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TableFile } from '../../src/route-table/schema.ts'
import { mistakesOf } from '../harness/table.ts'

const table = `services: { users: { url: "http://users" } }\nroutes: {}\n`

/** [what the file is, its text, what is told]; all of it in one line */
const files: [string, string, RegExp][] = [
  ['nothing', '', /is empty/],
  ['only comments', '# services\n# routes\n', /is empty/],
  ['a list', '- services\n- routes\n', /is a list/],
  ['one text', 'services\n', /is a single value/],
  ['one number', '8000\n', /is a single value/],
  ['UTF-16', Buffer.from(`\ufeff${table}`, 'utf16le').toString('utf8'), /UTF-16.*UTF-8/],
  ['UTF-16 with comments', Buffer.from(`# a\n${table}`, 'utf16le').toString('utf8'), /UTF-16/]
]
for (const [what, text, told] of files)
  test(`says of a file that is ${what} what it is, and what is expected`, () => {
    const mistakes = mistakesOf(text)

    assert.equal(mistakes.length, 1, mistakes.join())
    assert.match(String(mistakes[0]), told)
    assert.match(String(mistakes[0]), /^1:1 the file /)
  })

for (const setting of [
  'streams: { per_user: 0 }',
  'streams: { per_user: many }',
  'streams: { total: 1.5 }',
  'connections: 0',
  'connections:'
])
  test(`says what is expected in place of ${setting}`, () => {
    const mistakes = mistakesOf(`${table}defaults: { ${setting} }\n`)

    assert.equal(mistakes.length, 1, mistakes.join())
    assert.match(
      String(mistakes[0]),
      /^3:\d+ defaults\..* must be a whole number of at least 1: limit/
    )
  })

test('says what a user type is made of', () => {
  assert.deepEqual(mistakesOf(`${table}user_types: [admin, Editor]\n`), [
    '3:21 user_types.1: must be a word such as admin, of lower-case letters, digits, _ and -'
  ])
})

interface Described {
  description?: string
  properties?: Record<string, Described>
  patternProperties?: Record<string, Described>
  items?: Described
}

/** Where a schema does not say what it expects. */
function undescribed({ properties, patternProperties, items }: Described, path: string): string[] {
  const parts = Object.entries({ ...properties, ...patternProperties, ...(items && { items }) })
  return parts.flatMap(([name, part]) => {
    const own = part.description === undefined ? [`${path}/${name}`] : []
    return [...own, ...undescribed(part, `${path}/${name}`)]
  })
}

test('every part of a table says what it expects', () => {
  assert.deepEqual(undescribed(TableFile as Described, ''), [])
})
