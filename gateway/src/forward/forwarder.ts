import type { Signer } from '@gatehouse/service-kit'
import type { Dispatcher } from 'undici'
import type { EndedSessions } from '../auth/ended-sessions.ts'
import { hearFirst } from '../auth/hear-first.ts'
import { issueToken } from '../auth/issue.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { Target } from '../guard/target.ts'
import { createRetryBudget, type RetryBudget } from '../policy/retry.ts'
import { relayEvents } from '../stream/events.ts'
import type { Streams } from '../stream/streams.ts'
import { relayWebSocket } from '../stream/websocket.ts'
import type { Entry, Match } from '../table/match.ts'
import type { Route, Service } from '../table/route.ts'
import type { Pools } from '../upstreams/pools.ts'
import { type Exchange, hasBody } from './exchange.ts'
import { Relay } from './relay.ts'
import { requestHeaders } from './request-headers.ts'
import { upstreamPath } from './request-path.ts'
import { createUpload, tooLarge } from './upload.ts'

interface Deps {
  services: readonly Service[]
  pools: Pools
  sign: Signer
  tokens: Tokens
  ended: EndedSessions
  streams: Streams
  /** Told of every exchange when it is over. */
  done: (exchange: Exchange) => void
}

export type Forward = ReturnType<typeof createForwarder>

/** Sends a request that has passed every check to its upstream, and the answer back as it comes. */
export function createForwarder(deps: Deps) {
  const { services, pools, sign, tokens, ended, streams, done } = deps
  const budgets = new Map(services.map(({ name }) => [name, createRetryBudget()]))
  const nothing = () => {}
  const endSession = ({ claims }: Exchange) => {
    if (claims) ended.add(claims.sid)
  }

  /** What hears the answer of a line: the relay itself, or what stands before it. */
  function handlerOf(route: Route, relay: Relay): Dispatcher.DispatchHandler {
    const { issue, revoke, stream, idleMs } = route
    if (stream === 'sse') return relayEvents(relay, { streams, idleMs })
    if (stream === 'websocket') return relayWebSocket(relay, { streams, idleMs, done })
    const handler = issue ? issueToken(relay, tokens) : relay
    if (revoke !== 'any') return handler
    // A refresh that succeeds ends nothing; one that is refused may have ended what was stolen.
    const concerns = (status: number) => (issue ? status === 401 : status >= 200 && status < 300)
    return hearFirst(handler, { relay, catchUp: ended.catchUp, concerns })
  }

  /** Throws 413 where the announced body is over the line's limit, before anything is sent. */
  return (exchange: Exchange, match: Match<Entry>, { path, query }: Target) => {
    const { request, claims } = exchange
    const { route } = match.route
    const { timeoutMs, bodyBytes, service, revoke, stream } = route
    if (Number(request.headers['content-length'] ?? 0) > bodyBytes) throw tooLarge(bodyBytes)
    const headers = requestHeaders(exchange, sign)
    const body = hasBody(request) ? createUpload(exchange, bodyBytes) : null
    const options = {
      path: upstreamPath(match, path, claims) + query,
      method: request.method as Dispatcher.HttpMethod,
      headers,
      body,
      // A stream is silent for as long as nothing happens.
      bodyTimeout: stream ? 0 : null,
      upgrade: stream === 'websocket' ? 'websocket' : null
    }
    const send = (relay: Relay) => {
      const handler = handlerOf(route, relay)
      if (stream) pools.forStreams(service.name).dispatch(options, handler)
      else pools.forRequests(service.name).dispatch(options, handler)
    }
    const budget = budgets.get(service.name) as RetryBudget
    budget.earn()
    const succeeded = revoke === 'session' ? endSession : nothing
    send(new Relay(exchange, { timeoutMs, budget, again: body ? null : send, done, succeeded }))
  }
}
