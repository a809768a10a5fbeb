import { unavailable } from '@gatehouse/service-kit'
import { createRetryBudget } from './retry.ts'

/** Requests that one upstream is asked at once or that wait for it: eight times what its pool has in flight. */
const mostInside = 1024
const retryAfterSeconds = 1

export type Gate = ReturnType<typeof createGate>

/** One for each upstream, so that one that hangs takes neither memory without end nor anything of the others (PROMISES G13). */
export function createGate() {
  let inside = 0
  return {
    budget: createRetryBudget(),
    /** Counts a request; throws 503 where too many wait already. */
    enter() {
      if (inside >= mostInside) {
        throw unavailable(
          'overloaded',
          'Too many requests wait for the service.',
          retryAfterSeconds
        )
      }
      inside += 1
    },
    leave() {
      inside -= 1
    }
  }
}
