import { unavailable } from '@gatehouse/service-kit'

/** Requests under way to one upstream, those that wait for a connection included. */
const maxUnderWay = 1024
/** Those of one client network among them. */
const maxUnderWayPerNetwork = maxUnderWay / 4
/** Requests in flight to one upstream; more wait. */
export const maxInFlight = 128
const retryAfterSeconds = 1
/** How often the transfers to an upstream for which others wait are looked at, in ms. */
const checkMs = 250

const overloaded = (detail: string) => unavailable('overloaded', detail, retryAfterSeconds)

/** What the limit counts: a request, by the network of its client. */
interface Counted {
  forwarded: { network: string }
}

export type ConcurrencyLimit = ReturnType<typeof createConcurrencyLimit>

/**
 * Limits the requests under way to one upstream (a bulkhead), so that one that hangs takes neither memory without end nor
 * anything of the others (guarantee G13).
 */
export function createConcurrencyLimit() {
  const networks = createCounts()
  let underWay = 0
  let timer: NodeJS.Timeout | null = null
  let relieve = () => {}

  function check() {
    if (underWay > maxInFlight) return relieve()
    clearInterval(timer ?? undefined)
    timer = null
  }

  return {
    /** `listener` is called a few times a second while there may be more requests than connection slots. */
    whenCrowded(listener: () => void) {
      relieve = listener
    },
    /** Counts a request; throws 503 where its client network, or all together, have too many under way. */
    enter({ forwarded: { network } }: Counted) {
      if (underWay >= maxUnderWay)
        throw overloaded('Too many requests wait for the service. Retry shortly.')
      if (networks.of(network) >= maxUnderWayPerNetwork)
        throw overloaded('Too many requests of this client network are under way. Retry shortly.')
      underWay += 1
      networks.add(network, 1)
      if (underWay > maxInFlight) timer ??= setInterval(check, checkMs).unref()
    },
    leave({ forwarded: { network } }: Counted) {
      underWay -= 1
      networks.add(network, -1)
    }
  }
}

/** Retries that an upstream is given for each request, and at the start (1.2 × requests + 3). */
const perRequest = 0.2
const atStart = 3
const maxSaved = 10

export type RetryBudget = ReturnType<typeof createRetryBudget>

/** How many retries an upstream can still be asked for: a fifth of its requests, so that trouble is not multiplied. */
export function createRetryBudget() {
  let saved = atStart
  return {
    /** Counts a request, which earns a fifth of a retry. */
    earn() {
      saved = Math.min(Math.max(saved, maxSaved), saved + perRequest)
    },
    /** Takes one retry; false where none is left. */
    take(): boolean {
      if (saved < 1) return false
      saved -= 1
      return true
    }
  }
}

/** Counts by client network; what counts zero is forgotten. */
export function createCounts() {
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
