import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { chooseTests } from '../test-files.js'

const root = join(import.meta.dirname, '../../..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
const prepares = 'node infra/start/run.js '
/** What npm does itself, and what runs other scripts. */
const byNpm = /^npm (?:run |sbom )/

test('every script of package.json prepares the clone first, with whatever Node started npm', (t: TestContext) => {
  for (const [name, script] of Object.entries(scripts)) {
    // With ignore-scripts=true npm runs no script before another.
    t.assert.ok(!/^(?:pre|post)/.test(name), name)
    for (const command of script.split(' && ')) {
      t.assert.ok(command.startsWith(prepares) || byNpm.test(command), `${name}: ${command}`)
      const [first = '', second = ''] = command.replace(prepares, '').split(' ')
      if (command.startsWith(prepares) && !first.startsWith('-'))
        t.assert.ok(existsSync(join(root, first)), `${name}: ${first} ${second}`)
    }
  }
})

test('npm test runs the quick tests, test:all all, and in a workspace those of the workspace', (t: TestContext) => {
  const quick = chooseTests([]).files
  const all = chooseTests(['--all']).files
  const users = chooseTests([], 'services/users').files

  t.assert.ok(quick.length > 0 && quick.length < all.length)
  t.assert.ok(quick.every((file) => all.includes(file)))
  t.assert.ok(all.includes('infra/start/test/start.test.ts'))
  t.assert.ok(!quick.includes('infra/start/test/start.test.ts'))
  t.assert.ok(users.length > 0 && users.every((file) => file.startsWith('services/users/test/')))
  const named = chooseTests(['test/users.test.ts'], 'services/users')
  t.assert.deepEqual(named.files, ['services/users/test/users.test.ts'])
})
