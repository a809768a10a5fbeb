import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const root = join(import.meta.dirname, '../../..')

/** Slugs that the kit makes of a status phrase, where the framework itself refuses a request. */
const ofPhrases = ['payload-too-large', 'unsupported-media-type']

/** Calls that name a problem: `new ProblemError(404, 'slug'`, `conflict('slug'` and the like. */
const naming =
  /(?:ProblemError|refusal|bad)\(\s*\d{3},\s*'([a-z][a-z-]+)'|(?:badRequest|unauthorized|unauthenticated|forbidden|notFound|conflict|unavailable)\(\s*'([a-z][a-z-]+)'/g

const files = ['gateway/src/**/*.ts', 'services/*/src/**/*.ts', 'infra/*/src/**/*.ts']
const code = globSync(files, { cwd: root })
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n')
const text = readFileSync(join(root, 'docs/problems.md'), 'utf8')
/** A section: its slug, a line that begins with the status, and one that says what to do. */
const section = /^## ([a-z-]+)\n\nStatus \d{3}\. .+\n\n\*\*What to do:\*\* .+$/gm
const listed = [...text.matchAll(section)].map(([, slug]) => slug)

test('docs/problems.md lists every problem slug that the code names', (t: TestContext) => {
  const named = [...code.matchAll(naming)].map(([, a, b]) => a ?? b)

  t.assert.ok(named.length > 30)
  for (const slug of [...named, ...ofPhrases]) t.assert.ok(listed.includes(slug), slug)
})

test('docs/problems.md lists no problem slug that the code does not know', (t: TestContext) => {
  const known = (slug = '') => ofPhrases.includes(slug) || code.includes(`'${slug}'`)

  for (const slug of listed) t.assert.ok(known(slug), slug)
})

test('docs/problems.md has one whole section a slug, in order', (t: TestContext) => {
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)

  t.assert.deepEqual(headings, listed)
  t.assert.deepEqual(listed, [...new Set(listed)].sort())
})
