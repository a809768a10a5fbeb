import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { received, send } from './messages.ts'

const file = fileURLToPath(new URL('./worker.ts', import.meta.url))

/**
 * How the worker runs: in one thread, since V8's helpers would take turns with those who forward, 4 ms each, and with
 * its memory from the start, since looking through a heap that grows takes an eighth of its time.
 */
const flagsFor = (heapMb: number) => [
  '--single-threaded',
  `--max-old-space-size=${heapMb}`,
  `--initial-heap-size=${heapMb}`,
  '--max-semi-space-size=8'
]

/** Where a system does not let it, the worker is only in the way of others now and then. */
function goBehind(pid: number) {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {}
}

/**
 * Starts `worker.ts` as a process that knows no secret of this one, and goes behind those that forward. Throws where
 * the system has none left.
 */
export function startWorker(heapMb: number) {
  const worker: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    [...flagsFor(heapMb), file],
    { env: {}, stdio: ['pipe', 'pipe', 'ignore'] }
  )
  // Who waits for an answer hears of these as well; with nobody to hear them, they would end the gateway.
  worker.on('error', () => {})
  if (worker.pid === undefined) throw new Error('waits for a process, and none can be started')
  worker.stdin.on('error', () => {})
  goBehind(worker.pid)
  const answers = received(worker.stdout)

  return {
    pid: worker.pid,
    /** Its answer to an order, or undefined where it ends before. */
    async answerTo(order: unknown): Promise<unknown> {
      send(worker.stdin, order)
      return (await answers.next()).value
    },
    end: () => worker.kill('SIGKILL')
  }
}
