/**
 * Runs jobs, at most so many at once. Keys take turns, in the order in which they came; the jobs of one key run in the
 * order in which they came, so that however many one key has, another waits for one job of it at most.
 */
export function createSemaphore(most: number) {
  /** The jobs that wait, by key; the first key is the next. */
  const waiting = new Map<string, (() => void)[]>()
  let running = 0
  let queued = 0

  async function enter(key: string) {
    if (running < most) {
      running += 1
      return
    }
    queued += 1
    const { promise, resolve } = Promise.withResolvers<void>()
    const jobs = waiting.get(key)
    if (jobs) jobs.push(resolve)
    else waiting.set(key, [resolve])
    await promise
  }

  function leave() {
    const [next] = waiting
    if (next === undefined) {
      running -= 1
      return
    }
    const [key, jobs] = next
    queued -= 1
    jobs.shift()?.()
    waiting.delete(key)
    // At the end of the line.
    if (jobs.length > 0) waiting.set(key, jobs)
  }

  return {
    /** Jobs that run or wait. */
    count: () => running + queued,

    /** Gives what `job` gives, or throws what it throws; without a `key`, jobs run in the order they came. */
    async run<T>(job: () => Promise<T>, key = ''): Promise<T> {
      await enter(key)
      try {
        return await job()
      } finally {
        leave()
      }
    }
  }
}
