import type { CallOptions } from '@gatehouse/http1-client/request'
import type { Dispatcher } from 'undici'
import type { Tokens } from '../../auth/access-tokens.ts'
import type { RevokedSessions } from '../../auth/session-revocation.ts'
import type { Exchange } from '../../exchange.ts'
import type { Entry, Match } from '../../route-table/router.ts'
import type { Route } from '../../route-table/types.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import { relayEvents } from '../sse/event-stream.ts'
import type { Streams } from '../sse/open-streams.ts'
import type { StreamQuota } from '../stream-quota.ts'
import { relayWebSocket } from '../websocket/proxy.ts'
import { awaitRevocation } from './await-revocation.ts'
import { issueToken } from './issue-token.ts'
import { upstreamPath } from './path-rewrite.ts'
import { ProxyExchange, type ProxyOptions } from './proxy-exchange.ts'
import { tooLarge } from './request-body.ts'
import { requestHeaders } from './request-headers.ts'
import type { Deadlines } from './timeouts.ts'

/** What the proxies of all routes share. */
export interface ProxyParts {
  tokens: Tokens
  revoked: RevokedSessions
  streams: Streams
  streamQuota: StreamQuota
  deadlines: Deadlines
  userTypes: readonly string[]
  /** Called with every exchange when it is over. */
  done: (exchange: Exchange) => void
  /** Longest silence of a client in the middle of its body, in ms. */
  stallMs: number
}

function poolFor({ stream }: Route, { pools }: Upstream) {
  if (stream === 'sse') return pools.events
  return stream === 'websocket' ? pools.webSockets : pools.clients
}

/** Gives what makes the handler of a response on such a route; null where the exchange itself is the handler. */
function handlerFor(route: Route, parts: ProxyParts, done: (exchange: Exchange) => void) {
  const { issue, revoke, stream, idleMs } = route
  const { tokens, revoked, streams, userTypes } = parts
  if (stream === null && !issue && revoke !== 'any') return null
  // A refresh that succeeds revokes nothing; one that is refused may have revoked what was stolen.
  const concerns = (status: number) => (issue ? status === 401 : status >= 200 && status < 300)

  return function handlerOf(exchange: ProxyExchange): Dispatcher.DispatchHandler {
    if (stream === 'sse') return relayEvents(exchange, { streams, idleMs })
    if (stream === 'websocket') return relayWebSocket(exchange, { streams, idleMs, done })
    const handler = issue ? issueToken(exchange, tokens, userTypes) : exchange
    if (revoke !== 'any') return handler
    return awaitRevocation(handler, { exchange, catchUp: revoked.catchUp, concerns })
  }
}

/** Gives what forwards a request of `route` to its upstream, and the response back as it comes. */
export function createProxy(route: Route, upstream: Upstream, parts: ProxyParts) {
  const { revoked, streamQuota, deadlines, stallMs } = parts
  const { bodyBytes, revoke, stream } = route
  const limit = stream ? streamQuota : upstream.limit

  function done(exchange: Exchange) {
    limit.leave(exchange)
    parts.done(exchange)
  }

  function revokeSession({ claims }: Exchange) {
    if (claims) revoked.add(claims.sid)
  }

  const options: ProxyOptions = {
    route,
    upstream,
    pool: poolFor(route, upstream),
    stallMs,
    deadlines,
    handlerFor: handlerFor(route, parts, done),
    isRevoked: ({ claims }) => claims !== null && revoked.has(claims.sid),
    done,
    onSuccess: revoke === 'session' ? revokeSession : null
  }

  /** Throws 413 where the announced body is over the route's limit, before anything is sent. */
  return function proxy(exchange: Exchange) {
    const { request, target, claims, forwarded } = exchange
    const match = exchange.match as Match<Entry>
    if (Number(request.headers['content-length'] ?? 0) > bodyBytes) throw tooLarge(bodyBytes)
    const call: CallOptions = {
      path: upstreamPath(match, target.path, claims) + target.query,
      method: request.method ?? '',
      headers: requestHeaders(exchange, upstream.identity),
      body: null,
      named: stream === 'sse',
      client: forwarded.network
    }
    limit.enter(exchange)
    upstream.retries.earn()
    new ProxyExchange(exchange, options, call).start()
  }
}
