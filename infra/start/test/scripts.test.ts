import { spawnSync } from 'node:child_process'
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

test('there are these scripts and no others', (t: TestContext) => {
  const names =
    'start dev test test:all e2e chaos lint format typecheck check db:migration generate gateway bench sbom'

  t.assert.deepEqual(Object.keys(scripts), names.split(' '))
})

for (const [what, args, told] of [
  ['an unknown bench', ['smal'], /^There is no bench smal\./],
  ['two programs at once', ['memory', 'logins'], /^A program runs alone/],
  ['an unknown option', ['small', '--round', '3'], /^Unknown option '--round'/]
] as const)
  test(`npm run bench refuses ${what}, and says what there is`, (t: TestContext) => {
    const run = [join(root, 'infra/bench/bench.ts'), ...args]
    const { status, stdout, stderr } = spawnSync(process.execPath, run, { encoding: 'utf8' })

    t.assert.deepEqual([status, stdout], [2, ''])
    t.assert.match(stderr, told)
    t.assert.match(stderr, /Example:\n {2}npm run bench -- small|--rounds 3/)
  })

test('npm run generate passes what it is given on to the snapshots, and stops where they refuse it', (t: TestContext) => {
  const run = [join(root, 'infra/start/src/generate.ts'), '--acept-breaking']
  const { status, stdout, stderr } = spawnSync(process.execPath, run, { encoding: 'utf8' })

  t.assert.deepEqual([status, stdout], [1, 'gateway/gateway.schema.json: written\n'])
  t.assert.match(stderr, /^Unknown option '--acept-breaking'/)
  t.assert.match(stderr, /Example: npm run generate -- --accept-breaking/)
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
