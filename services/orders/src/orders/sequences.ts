import { unavailable } from '@gatehouse/service-kit'

/** Longest wait for the jobs before, in ms: no longer than a statement may take. */
const longestWaitMs = 5000

/** Throws 503 where `before` does not end in time. */
async function awaitTurn(before: Promise<void>, maxWaitMs: number) {
  const { promise, reject } = Promise.withResolvers<never>()
  const detail = 'Too many requests at once concern the same order; try again.'
  const timer = setTimeout(() => reject(unavailable('overloaded', detail)), maxWaitMs)
  try {
    await Promise.race([before, promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Runs the jobs of one key one after another, in the order they came, and those of different keys at once. They would
 * wait for each other in the database anyway, but each with a connection of the pool that others need meanwhile.
 */
export function createSequences(maxWaitMs = longestWaitMs) {
  const tails = new Map<string, Promise<void>>()

  /** Ends when `before` and the job are over. */
  function append(key: string, before: Promise<void>, done: Promise<void>) {
    const tail = before.then(async () => {
      await done
      if (tails.get(key) === tail) tails.delete(key)
    })
    tails.set(key, tail)
  }

  return {
    /** Keys with a job that runs or waits. */
    count: () => tails.size,

    /** Gives what `job` gives, or throws what it throws; a 503 where those before it take longer than `maxWaitMs`. */
    async run<T>(key: string, job: () => Promise<T>): Promise<T> {
      const before = tails.get(key)
      const { promise: done, resolve: finish } = Promise.withResolvers<void>()
      append(key, before ?? Promise.resolve(), done)
      try {
        if (before) await awaitTurn(before, maxWaitMs)
        return await job()
      } finally {
        finish()
      }
    }
  }
}
