import { Worker } from 'node:worker_threads'
import type { Jobs, Name } from './merge-jobs.ts'

const file = new URL('./merge-thread.ts', import.meta.url)

interface Options {
  /** How long a thread without a job is kept, in milliseconds: it has a heap of its own. */
  idleMs?: number
  /** The processor time that one job may take, in milliseconds; load on the machine does not count. */
  cpuLimitMs?: number
  /** The heap that the thread may have, in megabytes. */
  heapMb?: number
}

/** What the thread answers to a job. */
type Result = ({ output: unknown } | { error: unknown }) & { cpuMs: number }

const cpuCheckMs = 100
/** Room for new objects, in MB; the default of 48 makes the peak of a merge of 5 MB 100 MB higher. */
const youngMb = 6

/** Processor time of a thread so far, in milliseconds; 0 where it does not run yet, or no more. */
async function cpuMsOf(worker: Worker): Promise<number> {
  try {
    const { user, system } = await worker.cpuUsage()
    return (user + system) / 1000
  } catch {
    return 0
  }
}

/** A thread that knows nothing of the environment of the gateway. */
function startThread(heapMb: number) {
  const worker = new Worker(file, {
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb }
  })
  let spentMs = 0

  /** Rejects where the job needs more processor time or memory than it may. */
  async function resultFor(order: unknown, cpuLimitMs: number): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const onExit = (cause: unknown) =>
      reject(
        new Error(`The merge needs more than ${heapMb} MB of memory. Make the document smaller.`, {
          cause
        })
      )
    worker.once('message', resolve).once('error', onExit).once('exit', onExit)
    const timer = setInterval(async () => {
      const jobMs = (await cpuMsOf(worker)) - spentMs
      if (jobMs > cpuLimitMs)
        reject(
          new Error(
            `The merge takes more than ${cpuLimitMs / 1000} s of processor time. Make the document smaller.`
          )
        )
    }, cpuCheckMs)
    worker.ref()
    try {
      worker.postMessage(order)
      const result = await promise
      spentMs = result.cpuMs
      return result
    } finally {
      clearInterval(timer)
      worker.unref()
      worker.off('message', resolve).off('error', onExit).off('exit', onExit)
    }
  }

  function end() {
    worker.on('error', () => {})
    void worker.terminate()
  }

  return { resultFor, end }
}

export type MergeWorker = ReturnType<typeof createMergeWorker>

/**
 * Runs what takes long in a thread of its own, one job after another. The thread is there while there are jobs; a
 * job that needs too much processor time or memory ends it, and the next job starts another.
 */
export function createMergeWorker(options: Options = {}) {
  const { idleMs = 5000, cpuLimitMs = 30_000, heapMb = 160 } = options
  let thread: ReturnType<typeof startThread> | null = null
  let last: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function end() {
    clearTimeout(timer)
    thread?.end()
    thread = null
  }

  async function attempt<N extends Name>(name: N, input: Jobs[N]['input']): Promise<Result> {
    if (closed) throw new Error('it is closed')
    clearTimeout(timer)
    try {
      thread ??= startThread(heapMb)
      return await thread.resultFor({ name, input }, cpuLimitMs)
    } catch (error) {
      // The next job starts afresh: this thread may still be at work.
      end()
      throw error
    }
  }

  async function outputOf<N extends Name>(name: N, input: Jobs[N]['input']) {
    const result = await attempt(name, input)
    if (!closed) timer = setTimeout(end, idleMs).unref()
    if ('error' in result) throw result.error
    return result.output as Jobs[N]['output']
  }

  /** Runs a job after those before it; rejects where it throws, or needs more time or memory than it may. */
  async function run<N extends Name>(name: N, input: Jobs[N]['input']): Promise<Jobs[N]['output']> {
    const job = last.then(async () => outputOf(name, input))
    last = job.catch(() => {})
    return job
  }

  return {
    run,
    /** The processor time that a job may take, in milliseconds. */
    cpuLimitMs,
    /** Whether there is a thread just now. */
    isOpen: () => thread !== null,
    /** Ends the thread with the job that it is at. */
    close() {
      closed = true
      end()
    }
  }
}
