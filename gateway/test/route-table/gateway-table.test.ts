import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Check } from 'typebox/value'
import { parse } from 'yaml'
import { TableFile } from '../../src/route-table/schema.ts'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/gateway-table.md'), 'utf8')
const schema = JSON.parse(readFileSync(join(root, 'gateway/gateway.schema.json'), 'utf8'))

interface Section {
  properties?: Record<string, Section>
  patternProperties?: Record<string, Section>
}

/** The keys of each object of the schema, by the heading that the page has for it. */
function sectionsOf(section: Section, heading: string): [string, string[]][] {
  const keys = Object.entries(section.properties ?? {})
  const below = keys.flatMap(([key, value]) => {
    const at = heading === 'Top level' ? key : `${heading}.${key}`
    const entry = Object.values(value.patternProperties ?? {})[0]
    const name = key === 'routes' ? 'METHOD /path' : 'name'
    return entry ? sectionsOf(entry, `${at}.<${name}>`) : sectionsOf(value, at)
  })
  return keys.length > 0 ? [[heading, keys.map(([key]) => key)], ...below] : below
}

/** The cells of the rows below a heading of the page. */
function rowsOf(heading: string): string[][] {
  const [text = ''] = page.split(/^## /m).filter((part) => part.startsWith(`${heading}\n`))
  const lines = text.split('\n').filter((line) => line.startsWith('| `'))
  return lines.map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
}

const sections = sectionsOf(schema, 'Top level')
const headingOf = (section: string) => (section === 'Top level' ? section : `\`${section}\``)

/** A table that is right, with `entry` in the place of a section. */
function tableWith(section: string, entry: object): object {
  const users = { url: 'http://users:8000' }
  const route = { to: 'users', allow: 'public' }
  const base = { services: { users }, routes: { 'GET /api/users': route } }
  if (section === 'Top level') return { ...base, ...entry }
  if (section.startsWith('services'))
    return { ...base, services: { users: { ...users, ...entry } } }
  if (section.startsWith('routes'))
    return { ...base, routes: { 'GET /api/users': { ...route, ...entry } } }
  if (section === 'cors') return { ...base, cors: { origins: ['https://app.example'], ...entry } }
  const [first = '', second] = section.split('.')
  return { ...base, [first]: second ? { [second]: entry } : entry }
}

test('docs/gateway-table.md has a section for each map of the schema', (t: TestContext) => {
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading)
  const wanted = sections.map(([section]) => headingOf(section))

  t.assert.deepEqual(
    headings.filter((heading) => wanted.includes(heading)),
    wanted
  )
})

for (const [section, keys] of sections) {
  test(`docs/gateway-table.md documents the keys of ${section}, in the order of the schema`, (t: TestContext) => {
    const documented = rowsOf(headingOf(section)).map(([key]) => key?.replaceAll('`', ''))

    t.assert.deepEqual(documented, keys)
  })

  test(`the examples of docs/gateway-table.md for ${section} are valid`, (t: TestContext) => {
    for (const [key, type, standard, example = '', meaning] of rowsOf(headingOf(section))) {
      const entry = parse(example.slice(1, -1))
      t.assert.ok(type && standard && meaning, `${key} has a type, a default and a meaning`)
      t.assert.deepEqual(Object.keys(entry), [key?.replaceAll('`', '')])
      t.assert.ok(Check(TableFile, tableWith(section, entry)), example)
    }
  })
}
