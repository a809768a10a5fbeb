/** Runs jobs, at most so many at once, the others in the order they came. */
export function createTurns(most: number) {
  const queue: (() => void)[] = []
  let running = 0

  async function enter() {
    if (running >= most) return new Promise<void>((resolve) => queue.push(resolve))
    running += 1
  }

  function leave() {
    const next = queue.shift()
    if (next) next()
    else running -= 1
  }

  return {
    /** Jobs that run or wait. */
    count: () => running + queue.length,

    async run<T>(job: () => Promise<T>): Promise<T> {
      await enter()
      try {
        return await job()
      } finally {
        leave()
      }
    }
  }
}
