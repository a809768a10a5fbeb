import { networkOf, ProblemError, unavailable } from '@gatehouse/service-kit'
import type { Exchange } from '../../exchange.ts'
import type { StreamCaps } from '../../route-table/types.ts'
import { createRetryBudget } from './retry.ts'

/** Requests that one upstream is asked at once or that wait for it: eight times what its pool has in flight. */
const mostInside = 1024
const gateRetryAfterSeconds = 1

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
          gateRetryAfterSeconds
        )
      }
      inside += 1
    },
    leave() {
      inside -= 1
    }
  }
}

const quotaRetryAfterSeconds = 5

function tooMany(perUser: number) {
  return new ProblemError(429, 'too-many-streams', `At most ${perUser} streams at once.`, {
    headers: { 'retry-after': `${quotaRetryAfterSeconds}` }
  })
}

/** Counts the streams that are open, for each holds two connections and some memory for as long as it likes. */
export function createStreamQuota({ perUser, inAll }: StreamCaps) {
  const open = new Map<string, number>()
  let all = 0
  /** On a public line there is no user, but a network. */
  const keyOf = ({ claims, forwarded }: Exchange) => claims?.sub ?? networkOf(forwarded.client)

  return {
    /** Counts a stream; throws 429 where its user has too many, 503 where all together have. */
    enter(exchange: Exchange) {
      const key = keyOf(exchange)
      const own = open.get(key) ?? 0
      if (own >= perUser) throw tooMany(perUser)
      if (all >= inAll)
        throw unavailable('overloaded', 'Too many streams are open.', quotaRetryAfterSeconds)
      open.set(key, own + 1)
      all += 1
    },
    leave(exchange: Exchange) {
      const key = keyOf(exchange)
      const rest = (open.get(key) ?? 1) - 1
      if (rest === 0) open.delete(key)
      else open.set(key, rest)
      all -= 1
    }
  }
}
