import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const root = join(import.meta.dirname, '../../..')

/** Names of tests that begin with ids, and rows of tables whose first column is an id that names are made of. */
const inNames = /(?:\btest\(|\[)\s*['"`]((?:[A-K]\d{1,2}[ '])+)/g
const inComments = /guarantees? ((?:[A-K]\d{1,2}(?:, | and | to )?)+)/gi

const files = ['gateway', 'services', 'infra', 'e2e'].map((folder) => `${folder}/**/*.ts`)
const exclude = (name: string) => name.endsWith('node_modules')
const paths = globSync(files, { cwd: root, exclude })

const textOf = (some: string[]) =>
  some.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
const idsIn = (text: string, where: RegExp) =>
  new Set([...text.matchAll(where)].flatMap(([, ids]) => ids?.match(/[A-K]\d{1,2}/g) ?? []))

const inTests = idsIn(textOf(paths.filter((path) => path.endsWith('.test.ts'))), inNames)
const named = inTests.union(idsIn(textOf(paths), inComments))
const listed = idsIn(
  readFileSync(join(root, 'docs/guarantees.md'), 'utf8'),
  /^\| ([A-K]\d{1,2})\b.* \|$/gm
)

test('docs/guarantees.md lists every guarantee that tests and comments name', (t: TestContext) => {
  t.assert.ok(named.size > 90)
  t.assert.deepEqual([...named.difference(listed)], [])
})

test('docs/guarantees.md lists no guarantee that no test is named after', (t: TestContext) => {
  t.assert.deepEqual([...listed.difference(inTests)], [])
})
