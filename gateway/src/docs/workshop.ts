import type { Jobs, Name } from './job.ts'
import { startWorker } from './start-worker.ts'

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
