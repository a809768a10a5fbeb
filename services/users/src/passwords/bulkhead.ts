import { unavailable } from '@gatehouse/service-kit'

interface Limits {
  /** Jobs that run at once. */
  running: number
  /** Jobs that wait; whoever comes on top is turned away. */
  waiting: number
}

/**
 * Gives a function that runs jobs a few at a time, in the order they came, and throws a 503 problem at once
 * where too many wait already: a queue of minutes helps nobody (PROMISES C12).
 */
export function createBulkhead({ running, waiting }: Limits) {
  const queue: (() => void)[] = []
  let active = 0

  async function enter() {
    if (active < running) {
      active += 1
      return
    }
    if (queue.length >= waiting)
      throw unavailable('too-busy', 'Too many passwords are being checked now.', 2)
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  function leave() {
    const next = queue.shift()
    if (next) next()
    else active -= 1
  }

  return async <T>(job: () => Promise<T>): Promise<T> => {
    await enter()
    try {
      return await job()
    } finally {
      leave()
    }
  }
}
