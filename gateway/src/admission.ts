import type { IncomingMessage } from 'node:http'
import { type Lifecycle, ProblemError, requestIdFor } from '@gatehouse/service-kit'
import type { Authorize } from './auth/authorize.ts'
import type { EdgeResponse } from './forward/edge-response.ts'
import type { Exchange } from './forward/exchange.ts'
import type { createForwarded } from './guard/forwarded.ts'
import { checkMessage } from './guard/message.ts'
import { readTarget, type Target } from './guard/target.ts'
import type { Cors } from './policy/cors.ts'
import type { Limiter } from './policy/rate.ts'
import { checkHandshake, takeToken } from './stream/handshake.ts'
import type { Upgrade } from './stream/upgrade.ts'
import type { Entry, matcherOf } from './table/match.ts'
import type { Match } from './table/matcher.ts'

interface Deps {
  matcher: ReturnType<typeof matcherOf>
  forwarded: ReturnType<typeof createForwarded>
  auth: Authorize
  limit: Limiter
  cors: Cors
  lifecycle: Lifecycle
}

/** A request whose header section has arrived. */
export interface Arrival {
  request: IncomingMessage
  response: EdgeResponse
  upgrade: Upgrade | null
  /** Its number among those of its connection, from 1. */
  turn: number
}

/** A request that may pass: the line it falls under, and the target it asked for. */
export interface Admitted {
  match: Match<Entry>
  target: Target
}

export type Admission = ReturnType<typeof createAdmission>

/** The steps that every request takes, whatever becomes of it then: guard, match, who, policy. */
export function createAdmission(deps: Deps) {
  const { matcher, forwarded, auth, limit, cors, lifecycle } = deps

  return {
    /** What is known of a request when its header section has arrived. */
    open({ request, response, upgrade, turn }: Arrival): Exchange {
      const { headers } = request
      return {
        request,
        response,
        turn,
        id: requestIdFor(headers['request-id']),
        startedAt: performance.now(),
        forwarded: forwarded(request),
        match: null,
        claims: null,
        allowance: null,
        cors: cors.fieldsFor(headers.origin),
        reason: null,
        awaitsContinue: headers.expect !== undefined && request.httpVersionMinor > 0,
        upgrade,
        bytes: null,
        lifecycle
      }
    },

    /**
     * Throws the problem that keeps a request out. Gives null where no line of the table takes it, so that it is one
     * for the gateway's own pages.
     */
    admit(exchange: Exchange): Admitted | null {
      const { request, startedAt } = exchange
      const { method = '', url = '' } = request
      checkMessage(request)
      const target = readTarget(url)
      const match = matcher.match(method, target.path)
      if (match === null) {
        const allow = matcher.methods(target.path)
        if (allow.length > 0) throw methodNotAllowed(allow)
        return null
      }
      exchange.match = match
      const { rate, stream } = match.route.route
      if (rate?.per === 'ip') {
        exchange.allowance = limit(rate, exchange.forwarded.network, startedAt)
      }
      if (stream === 'websocket') takeToken(exchange)
      const claims = auth.identify(match, request.headers.authorization)
      exchange.claims = claims
      auth.authorize(match, claims)
      if (stream === 'websocket') checkHandshake(exchange, cors.allows)
      if (rate?.per === 'user') exchange.allowance = limit(rate, claims?.sub ?? '', startedAt)
      return { match, target }
    }
  }
}

function methodNotAllowed(methods: readonly string[]) {
  const allow = methods.join(', ')
  return new ProblemError(405, 'method-not-allowed', `This path answers ${allow}.`, {
    headers: { allow }
  })
}
