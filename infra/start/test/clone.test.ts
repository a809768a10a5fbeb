import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const run = promisify(execFile)
const skip = !existsSync(join(root, '.git')) && 'this is not a clone'

/** Each file of a clone, with the line endings that git sees in the working tree: `lf`, `crlf`, `mixed`, `-text`, `none`. */
async function lineEndings(clone: string) {
  const { stdout } = await run('git', ['ls-files', '--eol'], { cwd: clone })
  const files = stdout.split('\n').filter(Boolean)
  return files.map((line) => {
    const [, ending = ''] = /w\/(\S*)/.exec(line) ?? []
    return { ending, path: line.slice(line.indexOf('\t') + 1) }
  })
}

test('a clone with core.autocrlf=true has LF in every file', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'clone-'))
  t.after(async () => rm(folder, { recursive: true }))
  const options = ['--quiet', '--depth=1', '--config', 'core.autocrlf=true']
  await run('git', ['clone', ...options, `file://${root}`, folder], { signal: t.signal })

  const files = await lineEndings(folder)

  t.assert.equal(files.length > 100, true)
  const wrong = files.filter(({ ending }) => ending === 'crlf' || ending === 'mixed')
  t.assert.deepEqual(wrong, [])
  // A script whose first line ends with CRLF has no interpreter, and so no container starts.
  const script = await readFile(join(folder, 'infra/postgres/create-secrets.sh'), 'utf8')
  t.assert.match(script, /^#!\/usr\/bin\/env bash\n/)
})
