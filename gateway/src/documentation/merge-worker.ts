import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Jobs, type Name, received, send } from './work.ts'

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

interface Options {
  /** How long a worker without a job is kept: it has memory of its own. */
  idleMs?: number
  /** How long one job may take. */
  timeoutMs?: number
  /** What a worker may have on its heap. */
  heapMb?: number
}

export type Workshop = ReturnType<typeof createWorkshop>

/**
 * Does what takes long in a process of its own, one job after another. The process is there while there is work; one
 * that runs out of time or memory ends, with its job alone.
 */
export function createWorkshop(options: Options = {}) {
  const { idleMs = 5000, timeoutMs = 30_000, heapMb = 160 } = options
  let worker: ReturnType<typeof startWorker> | null = null
  let last: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function end() {
    clearTimeout(timer)
    worker?.end()
    worker = null
  }

  async function answerTo(order: unknown): Promise<object> {
    let isLate = false
    worker ??= startWorker(heapMb)
    clearTimeout(timer)
    timer = setTimeout(() => {
      isLate = true
      end()
    }, timeoutMs)
    const answer = await worker.answerTo(order)
    if (isLate) throw new Error(`takes more than ${timeoutMs / 1000} s`)
    if (answer === undefined) {
      throw new Error(
        `ended the process at work on it, as what needs over ${heapMb} MB of memory does`
      )
    }
    return answer as object
  }

  async function attempt<N extends Name>(name: N, taken: Jobs[N]['takes']): Promise<object> {
    if (closed) throw new Error('it is closed')
    try {
      return await answerTo({ name, taken })
    } catch (error) {
      // What comes after starts afresh: nobody knows what this one is still at.
      end()
      throw error
    }
  }

  async function result<N extends Name>(name: N, taken: Jobs[N]['takes']) {
    const answer = await attempt(name, taken)
    clearTimeout(timer)
    if (!closed) timer = setTimeout(end, idleMs)
    if ('error' in answer) throw answer.error
    return (answer as { given: Jobs[N]['gives'] }).given
  }

  return {
    /** Does a job after those before it; rejects where it throws, or takes more time or memory than it may. */
    async run<N extends Name>(name: N, taken: Jobs[N]['takes']): Promise<Jobs[N]['gives']> {
      const job = last.then(async () => result(name, taken))
      last = job.catch(() => {})
      return job
    },
    /** Whether there is a process just now. */
    isOpen: () => worker !== null,
    /** Ends the process, and with it what it is at. */
    close() {
      closed = true
      end()
    }
  }
}
