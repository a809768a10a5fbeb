import type { Tokens } from '../auth/access-tokens.ts'
import type { RevokedSessions } from '../auth/session-revocation.ts'
import type { Exchange } from '../exchange.ts'
import type { Route, Table } from '../route-table/types.ts'
import type { Upstreams } from '../upstream/upstream.ts'
import { createProxy } from './http/proxy.ts'
import { abortStalled, bodyStallMs, Deadlines, endRevoked } from './http/timeouts.ts'
import type { Streams } from './sse/open-streams.ts'
import { createStreamQuota } from './stream-quota.ts'

/** What a route does with a request that has passed every check. */
export type Dispatch = (exchange: Exchange, route: Route) => void

interface Parts {
  table: Table
  upstreams: Upstreams
  tokens: Tokens
  revoked: RevokedSessions
  streams: Streams
  /** Called with every exchange when it is over. */
  done: (exchange: Exchange) => void
  /** Longest silence of a client in the middle of its body, in ms; 10 s where it is not given. */
  stallMs?: number | undefined
}

/** Builds the way of each route once, and gives the function that sends a request on the way of its own. */
export function createDispatch({
  table,
  upstreams,
  stallMs = bodyStallMs,
  ...rest
}: Parts): Dispatch {
  const deadlines = new Deadlines()
  const streamQuota = createStreamQuota(table.streams)
  const parts = { ...rest, streamQuota, deadlines, userTypes: table.userTypes, stallMs }
  rest.revoked.onRevoked((session) => endRevoked(deadlines, session))
  // While requests wait for the slots of an upstream, transfers that stand still are aborted.
  for (const { service, pools, limit } of upstreams.all)
    limit.whenCrowded(() => {
      if (pools.clients.isFull) abortStalled(deadlines, service.name)
    })
  const ways = new Map(
    table.routes.map((route) => [route, createProxy(route, upstreams.of(route.service), parts)])
  )

  return function dispatch(exchange, route) {
    const way = ways.get(route)
    if (!way) throw new Error(`the route ${route.line} has no dispatch`)
    way(exchange)
  }
}
