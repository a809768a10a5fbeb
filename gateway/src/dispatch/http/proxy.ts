import type { Body } from '@gatehouse/http1-client/request'
import type { Signer } from '@gatehouse/service-kit'
import type { Dispatcher } from 'undici'
import type { Tokens } from '../../auth/access-tokens.ts'
import type { EndedSessions } from '../../auth/session-revocation.ts'
import type { Target } from '../../checks/request-target.ts'
import { type Exchange, hasBody } from '../../exchange.ts'
import type { Entry, Match } from '../../route-table/router.ts'
import type { Route, Table } from '../../route-table/types.ts'
import type { Pools } from '../../upstream/pools.ts'
import { relayEvents } from '../sse/event-stream.ts'
import type { Streams } from '../sse/open-streams.ts'
import { relayWebSocket } from '../websocket/proxy.ts'
import { hearFirst } from './await-revocation.ts'
import { createGate, createStreamQuota, type Gate } from './concurrency-limits.ts'
import { issueToken } from './issue-token.ts'
import { upstreamPath } from './path-rewrite.ts'
import { Relay, revoked, type Terms } from './proxy-exchange.ts'
import { RequestBody, tooLarge } from './request-body.ts'
import { createIdentityLines, type IdentityLines, requestHeaders } from './request-headers.ts'
import { isIdempotent } from './retry.ts'
import { abortStalled, bodyStallMs, Deadlines, endRevoked } from './timeouts.ts'

interface Deps {
  table: Table
  pools: Pools
  /** What signs the requests to each service, by its name. */
  signers: ReadonlyMap<string, Signer>
  tokens: Tokens
  ended: EndedSessions
  streams: Streams
  /** Told of every exchange when it is over. */
  done: (exchange: Exchange) => void
  /** Longest silence of a client in the middle of its body, in ms; 10 s where it is not said. */
  stallMs?: number | undefined
}

/** The client's body, which reports to the exchange that it belongs to. */
function bodyOf(relay: Relay, { route, isRevoked }: Terms): RequestBody {
  const { exchange } = relay
  relay.body = new RequestBody(exchange, {
    limitBytes: route.bodyBytes,
    repeatable: isIdempotent(exchange.request.method ?? '', route.idempotent),
    onPiece: () => relay.onBodySent(),
    check: () => (isRevoked(exchange) ? revoked(exchange) : null)
  })
  return relay.body
}

function poolOf(pools: Pools, { service: { name }, stream }: Route) {
  if (stream === 'sse') return pools.forEvents(name)
  return stream === 'websocket' ? pools.forWebSockets(name) : pools.forClients(name)
}

/** A gate for each service; while requests wait for its slots, transfers that stand still are aborted. */
function createGates({ table, pools }: Deps, deadlines: Deadlines): ReadonlyMap<string, Gate> {
  const gates = table.services.map(({ name }) => {
    const relieve = () => pools.forClients(name).isFull && abortStalled(deadlines, name)
    return [name, createGate(relieve)] as const
  })
  return new Map(gates)
}

export type Forward = ReturnType<typeof createForwarder>

/** Sends a request that has passed every check to its upstream, and the answer back as it comes. */
export function createForwarder(deps: Deps) {
  const { table, pools, signers, tokens, ended, streams, done, stallMs = bodyStallMs } = deps
  const quota = createStreamQuota(table.streams)
  const identities = new Map([...signers].map(([name, sign]) => [name, createIdentityLines(sign)]))
  const nothing = () => {}
  const deadlines = new Deadlines()
  const gates = createGates(deps, deadlines)
  ended.onRevoked((session) => endRevoked(deadlines, session))
  const isRevoked = ({ claims }: Exchange) => claims !== null && ended.has(claims.sid)
  const gateOf = ({ service }: Route) => gates.get(service.name) as Gate

  function enter(exchange: Exchange, route: Route) {
    if (route.stream) quota.enter(exchange)
    else gateOf(route).enter(exchange.forwarded.network)
  }

  function over(exchange: Exchange) {
    const route = exchange.match?.route.route as Route
    if (route.stream) quota.leave(exchange)
    else gateOf(route).leave(exchange.forwarded.network)
    done(exchange)
  }

  const endSession = ({ claims }: Exchange) => {
    if (claims) ended.add(claims.sid)
  }

  /** What hears the answer of a line: the relay itself, or what stands before it. */
  function handlerOf(route: Route, relay: Relay): Dispatcher.DispatchHandler {
    const { issue, revoke, stream, idleMs } = route
    if (stream === 'sse') return relayEvents(relay, { streams, idleMs })
    if (stream === 'websocket') return relayWebSocket(relay, { streams, idleMs, done: over })
    const handler = issue ? issueToken(relay, tokens, table.userTypes) : relay
    if (revoke !== 'any') return handler
    // A refresh that succeeds ends nothing; one that is refused may have ended what was stolen.
    const concerns = (status: number) => (issue ? status === 401 : status >= 200 && status < 300)
    return hearFirst(handler, { relay, catchUp: ended.catchUp, concerns })
  }

  /** Throws 413 where the announced body is over the line's limit, before anything is sent. */
  return (exchange: Exchange, match: Match<Entry>, { path, query }: Target) => {
    const { request, claims } = exchange
    const { route } = match.route
    const { bodyBytes, revoke, stream } = route
    if (Number(request.headers['content-length'] ?? 0) > bodyBytes) throw tooLarge(bodyBytes)
    const headers = requestHeaders(exchange, identities.get(route.service.name) as IdentityLines)
    const isEmpty = !hasBody(request)
    const options = {
      path: upstreamPath(match, path, claims) + query,
      method: request.method as Dispatcher.HttpMethod,
      headers,
      body: null as Body | null,
      named: stream === 'sse',
      client: exchange.forwarded.network
    }
    const send = () => {
      const handler = handlerOf(route, relay)
      const call = poolOf(pools, route).dispatch(options, handler)
      if (call) relay.asked(call)
    }
    enter(exchange, route)
    const { budget } = gateOf(route)
    budget.earn()
    const succeeded = revoke === 'session' ? endSession : nothing
    const again = send
    const terms = { route, stallMs, budget, deadlines, isRevoked, again, done: over, succeeded }
    const relay = new Relay(exchange, terms)
    if (isEmpty) return send()
    const body = bodyOf(relay, terms)
    options.body = body
    body.collect((error) => {
      if (error) relay.fail(error)
      else send()
    })
  }
}
