import type { Signer } from '@gatehouse/service-kit'
import type { Dispatcher } from 'undici'
import type { EndedSessions } from '../auth/ended-sessions.ts'
import { issueToken } from '../auth/issue.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { Target } from '../guard/target.ts'
import { createRetryBudget, type RetryBudget } from '../policy/retry.ts'
import type { Entry, Match } from '../table/match.ts'
import type { Service } from '../table/route.ts'
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
  /** Told of every exchange when it is over. */
  done: (exchange: Exchange) => void
}

export type Forward = ReturnType<typeof createForwarder>

/** Sends a request that has passed every check to its upstream, and the answer back as it comes. */
export function createForwarder({ services, pools, sign, tokens, ended, done }: Deps) {
  const budgets = new Map(services.map(({ name }) => [name, createRetryBudget()]))
  const nothing = () => {}
  const endSession = ({ claims }: Exchange) => {
    if (claims) ended.add(claims.sid)
  }

  /** Throws 413 where the announced body is over the line's limit, before anything is sent. */
  return (exchange: Exchange, match: Match<Entry>, { path, query }: Target) => {
    const { request, claims } = exchange
    const { route } = match.route
    const { timeoutMs, bodyBytes, service, issue, revoke } = route
    if (Number(request.headers['content-length'] ?? 0) > bodyBytes) throw tooLarge(bodyBytes)
    const body = hasBody(request) ? createUpload(exchange, bodyBytes) : null
    const options = {
      path: upstreamPath(match, path, claims) + query,
      method: request.method as Dispatcher.HttpMethod,
      headers: requestHeaders(exchange, sign),
      body
    }
    const pool = pools.of(service.name)
    const send = (relay: Relay) =>
      void pool.dispatch(options, issue ? issueToken(relay, tokens) : relay)
    const budget = budgets.get(service.name) as RetryBudget
    budget.earn()
    const succeeded = revoke ? endSession : nothing
    send(new Relay(exchange, { timeoutMs, budget, again: body ? null : send, done, succeeded }))
  }
}
