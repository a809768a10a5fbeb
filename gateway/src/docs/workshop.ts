import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Jobs, Name } from './job.ts'

interface Options {
  /** How long a worker without a job is kept: it has memory of its own. */
  idleMs?: number
  /** How long one job may take. */
  timeoutMs?: number
  /** What a worker may have on its heap. */
  heapMb?: number
}

/** What is new on that heap: with more, as V8 has it, the process holds 100 MB more and a merge is no faster. */
const youngMb = 16

export type Workshop = ReturnType<typeof createWorkshop>

/**
 * Does what takes long in a thread of its own, one job after another. The thread is there while there is work; one
 * that runs out of time or memory ends, with its job alone.
 */
export function createWorkshop(options: Options = {}) {
  const { idleMs = 5000, timeoutMs = 30_000, heapMb = 160 } = options
  let worker: Worker | null = null
  let last: Promise<unknown> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined
  let closed = false

  function end() {
    void worker?.terminate()
    worker = null
  }

  function open(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb }
    const made = new Worker(new URL('./worker.ts', import.meta.url), { resourceLimits })
    // Who waits for a job hears of it as well; with nobody to hear it, it would end the process.
    made.on('error', () => {})
    made.once('exit', () => {
      if (worker === made) worker = null
    })
    return made
  }

  function ready(): Worker {
    clearTimeout(idle)
    worker ??= open()
    worker.ref()
    return worker
  }

  async function answerOf(made: Worker): Promise<unknown> {
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(timeoutMs)])
    const exited = once(made, 'exit', { signal }).then(() => {
      throw new Error('its thread has ended')
    })
    try {
      const [{ given, error }] = await Promise.race([once(made, 'message', { signal }), exited])
      if (error !== undefined) throw error
      return given
    } finally {
      over.abort()
      exited.catch(() => {})
    }
  }

  async function attempt<N extends Name>(name: N, taken: Jobs[N]['takes']) {
    if (closed) throw new Error('it is closed')
    const made = ready()
    try {
      made.postMessage({ name, taken })
      return (await answerOf(made)) as Jobs[N]['gives']
    } catch (error) {
      // What comes after starts afresh: nobody knows what this thread is still at.
      end()
      throw error
    } finally {
      made.unref()
      idle = setTimeout(end, idleMs).unref()
    }
  }

  return {
    /** Does a job after those before it; rejects where it throws, or takes more time or memory than it may. */
    async run<N extends Name>(name: N, taken: Jobs[N]['takes']): Promise<Jobs[N]['gives']> {
      const job = last.then(async () => attempt(name, taken))
      last = job.catch(() => {})
      return job
    },
    /** Whether there is a thread just now. */
    isOpen: () => worker !== null,
    /** Ends the thread, and with it what it is at. */
    close() {
      closed = true
      clearTimeout(idle)
      end()
    }
  }
}
