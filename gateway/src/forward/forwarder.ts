import type { Signer } from '@gatehouse/service-kit'
import type { Dispatcher } from 'undici'
import type { EndedSessions } from '../auth/ended-sessions.ts'
import { issueToken } from '../auth/issue.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { Target } from '../guard/target.ts'
import type { Entry, Match } from '../table/match.ts'
import type { Pools } from '../upstreams/pools.ts'
import { type Exchange, hasBody } from './exchange.ts'
import { Relay } from './relay.ts'
import { requestHeaders } from './request-headers.ts'
import { upstreamPath } from './request-path.ts'
import { createUpload, tooLarge } from './upload.ts'

interface Deps {
  pools: Pools
  sign: Signer
  tokens: Tokens
  ended: EndedSessions
  /** Told of every exchange when it is over. */
  done: (exchange: Exchange) => void
}

export type Forward = ReturnType<typeof createForwarder>

/** Sends a request that has passed every check to its upstream, and the answer back as it comes. */
export function createForwarder({ pools, sign, tokens, ended, done }: Deps) {
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
    const relay = new Relay(exchange, { timeoutMs, done, succeeded: revoke ? endSession : nothing })
    pools.of(service.name).dispatch(
      {
        path: upstreamPath(match, path, claims) + query,
        method: request.method as Dispatcher.HttpMethod,
        headers: requestHeaders(exchange, sign),
        body: hasBody(request) ? createUpload(exchange, bodyBytes) : null
      },
      issue ? issueToken(relay, tokens) : relay
    )
  }
}
