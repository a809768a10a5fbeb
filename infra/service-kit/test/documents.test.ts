import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const patterns = ['*.md', 'docs/**/*.md', '{gateway,e2e}/README.md', '{infra,services}/*/README.md']
const documents = globSync(patterns, { cwd: root }).sort()
const { scripts, workspaces } = JSON.parse(read('package.json'))

/** What a link or a path in a document names, from the root and from the document itself. */
const places = (document: string, target: string) => [
  join(root, dirname(document), target),
  join(root, target)
]

const isFolder = (pattern: string) => globSync(pattern, { cwd: root })

for (const document of documents) {
  const text = read(document)

  test(`every link of ${document} leads to a file`, (t: TestContext) => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link)
    const local = links.filter((link) => !/^https?:/.test(link))

    for (const link of local) t.assert.ok(existsSync(join(root, dirname(document), link)), link)
  })

  test(`every TypeScript file that ${document} names exists`, (t: TestContext) => {
    const paths = [...text.matchAll(/`((?:gateway|infra|services|e2e)\/[\w/.-]+\.(?:ts|js|sh))`/g)]

    for (const [, path = ''] of paths)
      t.assert.ok(places(document, path).some(existsSync), `${path} is missing`)
  })

  test(`every npm script that ${document} names exists`, (t: TestContext) => {
    // The changelog names scripts that are gone.
    const named = document === 'CHANGELOG.md' ? [] : [...text.matchAll(/npm run ([a-z0-9:]+)/g)]

    for (const [, name = ''] of named) t.assert.ok(name in scripts, `npm run ${name}`)
  })
}

test('the README has at most 130 lines and 900 words', (t: TestContext) => {
  const readme = read('README.md')

  t.assert.ok(readme.split('\n').length <= 130)
  t.assert.ok(readme.split(/\s+/).length <= 900)
})

test('every workspace has a README', (t: TestContext) => {
  const folders: string[] = workspaces.flatMap(isFolder)

  t.assert.ok(folders.length > 9)
  for (const folder of folders) t.assert.ok(existsSync(join(root, folder, 'README.md')), folder)
})
