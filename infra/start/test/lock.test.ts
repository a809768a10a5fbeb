import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { takeLock } from '../src/lock.ts'
import { dataFolder } from './system.ts'

const skip = process.platform === 'linux' ? false : 'it looks into /proc'
const lockModule = join(import.meta.dirname, '../src/lock.ts')

/** A process that looks like a start, and tries for the lock of `folder`; it ends once its stdin does. */
function contender(t: TestContext, folder: string) {
  const code = `import { takeLock } from ${JSON.stringify(lockModule)}
    try { takeLock(${JSON.stringify(folder)}); console.log('taken') } catch (e) { console.log(e.name) }
    process.stdin.resume()`
  const args = ['--input-type=module-typescript', '-e', code, 'infra/start/start.js']
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill())
  return child
}

test('of many starts that find a stale lock, one takes it', { skip }, async (t: TestContext) => {
  const folder = dataFolder(t)
  writeFileSync(join(folder, 'lock'), '1\n')
  const children = Array.from({ length: 6 }, () => contender(t, folder))
  const answers = children.map(async ({ stdout }) => text(stdout))
  await Promise.all(children.map(async ({ stdout }) => once(stdout, 'data', { signal: t.signal })))

  for (const child of children) child.stdin.end()

  const said = (await Promise.all(answers)).map((answer) => answer.trim()).sort()
  t.assert.deepEqual(said, [...Array<string>(5).fill('StartError'), 'taken'])
})

test('a lock whose number is now that of a start on another folder is stale', {
  skip
}, async (t: TestContext) => {
  const other = contender(t, dataFolder(t))
  await once(other.stdout, 'data', { signal: t.signal })
  const folder = dataFolder(t)
  writeFileSync(join(folder, 'lock'), `${other.pid}\n1\n`)

  const release = takeLock(folder)

  t.assert.match(readFileSync(join(folder, 'lock'), 'utf8'), new RegExp(`^${process.pid}\n`))
  release()
  t.assert.equal(existsSync(join(folder, 'lock')), false)
})
