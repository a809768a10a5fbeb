import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const root = join(import.meta.dirname, '../../..')
const readme = readFileSync(join(root, 'gateway/README.md'), 'utf8')

test('gateway/README.md shows what explain prints', (t: TestContext) => {
  const [, command = '', shown] =
    /\$ npm run gateway -- (explain .*)\n([^`]*)```/.exec(readme) ?? []

  const args = [join(root, 'gateway/src/cli/main.ts'), ...command.split(' ')]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })

  t.assert.equal(status, 0, stderr)
  t.assert.equal(shown, stdout)
})
