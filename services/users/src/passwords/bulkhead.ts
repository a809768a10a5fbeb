import { createSemaphore, unavailable } from '@gatehouse/service-kit'

interface Limits {
  /** Jobs that run at once. */
  running: number
  /** Jobs that wait; whoever comes on top is turned away. */
  waiting: number
}

/** How long a job takes before one has been seen, in ms, and how much each one counts from then on. */
const firstGuessMs = 250
const weight = 0.1
const longestWaitSeconds = 10

/**
 * Runs jobs a few at a time, in the order they came, and turns away, with a 503 problem and at once, who comes on top
 * of those that wait: a queue of minutes helps nobody (guarantee C12). Who is turned away is told to come back when
 * those before, here and turned away, will be through: so a hundred at once come back one after the other.
 */
export function createBulkhead({ running, waiting }: Limits) {
  const turns = createSemaphore(running)
  /** Those who were told to come back, and for whom no job has ended since. */
  let expected = 0
  let jobMs = firstGuessMs

  function turnAway(): never {
    expected += 1
    const seconds = Math.ceil(((turns.count() + expected) * jobMs) / running / 1000)
    const wait = Math.min(Math.max(seconds, 1), longestWaitSeconds)
    throw unavailable('too-busy', 'Too many passwords are being checked. Try again shortly.', wait)
  }

  /** Throws where a job would be turned away now. */
  function check() {
    if (turns.count() >= running + waiting) turnAway()
  }

  function ended(ms: number) {
    jobMs += (ms - jobMs) * weight
    expected = Math.max(0, expected - 1)
  }

  return {
    check,
    async run<T>(job: () => Promise<T>): Promise<T> {
      check()
      return turns.run(async () => {
        const start = performance.now()
        try {
          return await job()
        } finally {
          ended(performance.now() - start)
        }
      })
    }
  }
}
