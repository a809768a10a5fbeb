import { networkOf, ProblemError, unavailable } from '@gatehouse/service-kit'
import type { Exchange } from '../exchange.ts'
import type { StreamCaps } from '../route-table/types.ts'
import { createCounts } from '../upstream/limits.ts'

const retryAfterSeconds = 5

function tooMany(perUser: number) {
  return new ProblemError(429, 'too-many-streams', `At most ${perUser} streams at once.`, {
    headers: { 'retry-after': `${retryAfterSeconds}` }
  })
}

export type StreamQuota = ReturnType<typeof createStreamQuota>

/** Counts the streams that are open, for each holds two connections and some memory for as long as it likes. */
export function createStreamQuota({ perUser, inAll }: StreamCaps) {
  const open = new Map<string, number>()
  const networks = createCounts()
  const maxStreamsPerNetwork = Math.max(perUser, Math.ceil(inAll / 4))
  let all = 0
  /** On a public route there is no user, but a network. */
  const keyOf = ({ claims, forwarded }: Exchange) => claims?.sub ?? networkOf(forwarded.client)

  return {
    /** Counts a stream; throws 429 where its user has too many, 503 where all together have. */
    enter(exchange: Exchange) {
      const key = keyOf(exchange)
      const own = open.get(key) ?? 0
      if (own >= perUser) throw tooMany(perUser)
      if (all >= inAll)
        throw unavailable(
          'overloaded',
          'Too many streams are open. Close one, or try again shortly.',
          retryAfterSeconds
        )
      const { network } = exchange.forwarded
      if (networks.of(network) >= maxStreamsPerNetwork)
        throw unavailable(
          'overloaded',
          'Too many streams of this client network are open. Close one, or try again shortly.',
          retryAfterSeconds
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
