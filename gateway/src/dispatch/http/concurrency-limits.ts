import { networkOf, ProblemError, unavailable } from '@gatehouse/service-kit'
import type { Exchange } from '../../exchange.ts'
import type { StreamCaps } from '../../route-table/types.ts'
import { createRetryBudget } from './retry.ts'

/** Requests that one upstream is asked at once or that wait for it: eight times what its pool has in flight. */
const mostInside = 1024
/** Those of one client network among them. */
const maxPerNetwork = mostInside / 4
const gateRetryAfterSeconds = 1

/** Counts by client network. */
function createCounts() {
  const counts = new Map<string, number>()
  return {
    of: (network: string) => counts.get(network) ?? 0,
    add(network: string, count: number) {
      const rest = (counts.get(network) ?? 0) + count
      if (rest === 0) counts.delete(network)
      else counts.set(network, rest)
    }
  }
}

/** As many are in flight to one upstream at most; more wait. */
const maxInFlight = 128
/** How often the transfers to an upstream for which others wait are looked at, in ms. */
const lookMs = 250

export type Gate = ReturnType<typeof createGate>

/**
 * One for each upstream, so that one that hangs takes neither memory without end nor anything of the others (guarantee G13).
 * @param onCrowded called a few times a second while there may be more requests than connection slots
 */
export function createGate(onCrowded: () => unknown) {
  let inside = 0
  let timer: NodeJS.Timeout | null = null
  function look() {
    if (inside > maxInFlight) return void onCrowded()
    clearInterval(timer ?? undefined)
    timer = null
  }
  const networks = createCounts()
  const overloaded = (detail: string) => unavailable('overloaded', detail, gateRetryAfterSeconds)
  return {
    budget: createRetryBudget(),
    /** Counts a request of a client network; throws 503 where that network, or all together, have too many under way. */
    enter(network: string) {
      if (inside >= mostInside) throw overloaded('Too many requests wait for the service.')
      if (networks.of(network) >= maxPerNetwork)
        throw overloaded('Too many requests of this client network are under way. Retry shortly.')
      inside += 1
      networks.add(network, 1)
      if (inside > maxInFlight) timer ??= setInterval(look, lookMs).unref()
    },
    leave(network: string) {
      inside -= 1
      networks.add(network, -1)
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
  const networks = createCounts()
  const maxStreamsPerNetwork = Math.max(perUser, Math.ceil(inAll / 4))
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
      const { network } = exchange.forwarded
      if (networks.of(network) >= maxStreamsPerNetwork)
        throw unavailable(
          'overloaded',
          'Too many streams of this client network are open.',
          quotaRetryAfterSeconds
        )
      open.set(key, own + 1)
      networks.add(network, 1)
      all += 1
    },
    leave(exchange: Exchange) {
      const key = keyOf(exchange)
      const rest = (open.get(key) ?? 1) - 1
      if (rest === 0) open.delete(key)
      else open.set(key, rest)
      networks.add(exchange.forwarded.network, -1)
      all -= 1
    }
  }
}
