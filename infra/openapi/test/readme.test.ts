import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const folder = join(import.meta.dirname, '..')
const [, example = ''] =
  /```ts\n([^`]*)```/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? []

test('the example of the README reports the breaking change', (t: TestContext) => {
  const args = ['--input-type=module-typescript', '--eval', example]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8'
  })

  t.assert.equal(status, 0, stderr)
  t.assert.match(stdout, /^breaking .*GET \/orders/)
  t.assert.match(stdout, /"returned"/)
})
