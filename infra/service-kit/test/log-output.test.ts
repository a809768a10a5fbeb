import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createLogOutput } from '../src/log-output.ts'
import { until } from '../src/testing.ts'

const script = fileURLToPath(new URL('sample-process.ts', import.meta.url))
/** More than a pipe holds. */
const lines = 20_000

/** A sample process that listens, and of whose log nothing has been read so far. */
async function startUnread(t: TestContext, count = lines) {
  const child = fork(script, { env: { PORT: '0', LINES: `${count}` }, silent: true })
  t.after(() => child.kill('SIGKILL'))
  await once(child, 'message')
  const exited = once(child, 'exit')
  return { child, stdout: child.stdout as Readable, exited }
}

test('G32 ends in time on SIGTERM though whoever read its log is gone', async (t) => {
  const { child, stdout, exited } = await startUnread(t)
  const since = performance.now()

  stdout.destroy()
  child.kill('SIGTERM')
  const [code] = await exited

  t.assert.equal(code, 0)
  t.assert.equal(performance.now() - since < 3000, true)
})

test('G32 ends in time on SIGTERM though nobody reads its log', async (t) => {
  const { child, exited } = await startUnread(t)
  const since = performance.now()

  child.kill('SIGTERM')
  const [code] = await exited

  t.assert.equal(code, 0)
  t.assert.equal(performance.now() - since < 4000, true)
})

test('writes every line, in order, for one who reads late', async (t) => {
  const { child, stdout, exited } = await startUnread(t)

  child.kill('SIGTERM')
  const text = (await stdout.setEncoding('utf8').toArray()).join('')
  const [code] = await exited

  t.assert.equal(code, 0)
  const told = [...text.matchAll(/"line (\d+) of many"/g)].map(([, number]) => Number(number))
  t.assert.deepEqual(
    told,
    Array.from({ length: lines }, (_, index) => index + 1)
  )
  t.assert.equal(text.split('\n').length - 1, text.match(/^\{.*\}$/gm)?.length)
})

test('writes into a file what was logged before the end, once', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'log-output-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'log')
  const fd = openSync(file, 'w')
  const output = createLogOutput(fd)
  const all = Array.from({ length: 5 }, (_, index) => `${index} ${'é'.repeat(50_000)}\n`)

  for (const line of all) output.write(line)
  output.flushSync()
  output.write('last\n')
  const text = () => readFileSync(file, 'utf8')
  await until(() => text().includes('last'), 'the last line')
  closeSync(fd)

  t.assert.equal(text().length, [...all, 'last\n'].join('').length)
})

test('holds 8 MB for one who takes nothing, and tells how many lines it dropped', async (t) => {
  const count = 200_000
  const { child, stdout, exited } = await startUnread(t, count)

  child.kill('SIGTERM')
  const text = (await stdout.setEncoding('utf8').toArray()).join('')
  await exited

  const kept = text.match(/"line \d+ of many"/g)?.length ?? 0
  const losses = text.matchAll(
    /"dropped":(\d+),"msg":"log lines dropped: the log reader is too slow"/g
  )
  const dropped = [...losses].reduce((sum, [, lines]) => sum + Number(lines), 0)
  t.assert.equal(kept < count, true)
  // What the process tells of itself may be among what was dropped: that it listens, that it drains.
  t.assert.equal(dropped >= count - kept && dropped <= count - kept + 2, true)
  t.assert.equal(text.length < 10 * 1024 * 1024, true)
})
