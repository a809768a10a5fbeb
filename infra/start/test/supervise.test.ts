import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { createPart } from '../src/supervise.ts'

const waiting = 'setInterval(() => {}, 1000)'

/** A part whose processes run `script`; `said` is what it tells, and `started` how often it was started. */
async function start(
  t: TestContext,
  script: string,
  fail: (starts: number) => boolean = () => false
) {
  const said: string[] = []
  let starts = 0
  const part = await createPart({
    name: 'sample',
    say: (sentence) => said.push(sentence),
    start: async () => {
      starts += 1
      if (fail(starts)) throw new Error('It does not start.')
      const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' })
      const exited = once(child, 'exit').then(([code, signal]) => signal ?? `exit code ${code}`)
      const kill = () => child.kill('SIGKILL')
      const stop = async () => {
        kill()
        await exited
      }
      return { pid: child.pid ?? 0, exited, kill, stop }
    }
  })
  t.after(async () => part.stop())
  const untilStarted = async (count: number) => until(() => starts >= count, `start ${count}`)
  return { part, said, starts: () => starts, untilStarted }
}

test('a part that is killed is started again, until it is stopped', async (t: TestContext) => {
  const { part, said, starts, untilStarted } = await start(t, waiting)
  const running = part.keepRunning()
  const first = part.pid()

  process.kill(first, 'SIGKILL')
  await untilStarted(2)
  await part.stop()
  await running

  t.assert.notEqual(part.pid(), first)
  t.assert.deepEqual(said, ['sample ended (SIGKILL); it is started again.'])
  t.assert.equal(starts(), 2)
})

test('a part that ends again and again is given up', async (t: TestContext) => {
  const { part, starts } = await start(t, 'process.exit(3)')

  await t.assert.rejects(part.keepRunning(), {
    message: 'sample ends again and again (exit code 3), so everything was stopped.'
  })
  t.assert.equal(starts(), 5)
})

test('a part that does not start at once is tried again', async (t: TestContext) => {
  const { part, starts, untilStarted } = await start(t, waiting, (count) => [2, 3].includes(count))
  const running = part.keepRunning()

  process.kill(part.pid(), 'SIGKILL')
  await untilStarted(4)
  await part.stop()

  await running
  t.assert.equal(starts(), 4)
})
