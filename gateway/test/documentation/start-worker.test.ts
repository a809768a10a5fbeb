import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startWorker } from '../../src/documentation/merge-worker.ts'
import { tableOf } from '../harness/documents/fixture.ts'
import { textOf } from '../harness/documents/service.ts'

const noProc = existsSync('/proc/self/environ') ? false : 'this system has no /proc'
const arrival = { name: 'one', pieces: [Buffer.from(textOf('a'))] }
const job = { table: tableOf({}), arrival }

test('knows nothing of the environment, and goes behind those that forward', async (t) => {
  process.env.SECRET_OF_TEST = 'x'
  t.after(() => delete process.env.SECRET_OF_TEST)
  const worker = startWorker(64)
  t.after(worker.end)

  const answer = await worker.answerTo({ name: 'inspect', taken: job })

  t.assert.partialDeepStrictEqual(answer, { given: { findings: [] } })
  t.assert.equal(getPriority(worker.pid), constants.priority.PRIORITY_BELOW_NORMAL)
  const environment = noProc === false ? readFileSync(`/proc/${worker.pid}/environ`, 'utf8') : ''
  t.assert.doesNotMatch(environment, /SECRET_OF_TEST/)
})

test('ends with the gateway, however that ends', { skip: noProc }, async () => {
  const script = `const { startWorker } = await import('${new URL('../../src/documentation/merge-worker.ts', import.meta.url)}')
    console.log(startWorker(64).pid)`
  const gateway = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const [pid] = await once(gateway.stdout, 'data')

  gateway.kill('SIGKILL')

  // Nobody is told of the end of a process that somebody else started.
  while (existsSync(`/proc/${Number(pid)}/stat`)) await setTimeout(5)
})
