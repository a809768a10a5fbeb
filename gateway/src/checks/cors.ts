import type { IncomingMessage } from 'node:http'
import { forbidden } from '@gatehouse/service-kit'
import { knownMethods, type matcherOf } from '../route-table/router.ts'
import type { CorsPolicy } from '../route-table/types.ts'
import { checkMessage } from './request-message.ts'
import { readTarget } from './request-target.ts'

/** Request headers that scripts may send beyond the safelisted ones, and response headers that they may read. */
const requestHeaders =
  'authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, request-id, traceparent, tracestate'
const exposedHeaders =
  'etag, idempotency-replayed, link, location, ratelimit-limit, ratelimit-remaining, ratelimit-reset, request-id, retry-after'
const nothing: readonly string[] = []

export type Cors = ReturnType<typeof createCors>
export type Preflight = ReturnType<typeof createPreflight>

/**
 * Cross-origin access by an exact list of origins (Fetch, section 3.2; guarantee K13). Without a list no response has a
 * CORS header, so browsers refuse other origins.
 */
export function createCors(policy: CorsPolicy | null) {
  const origins = new Set(policy?.origins)
  const exposed = [exposedHeaders, ...(policy?.exposedHeaders ?? [])].join(', ')
  const credentials = policy?.credentials ? ['access-control-allow-credentials', 'true'] : []

  return {
    policy,
    /** Whether scripts of `origin` may read responses. */
    allows: (origin: string) => origins.has(origin),
    /** The CORS headers of every response to `origin`; `vary` alone where the origin is not allowed. */
    fieldsFor(origin: string | undefined): readonly string[] {
      if (policy === null) return nothing
      if (origin === undefined || !origins.has(origin)) return ['vary', 'origin']
      const allowed = ['access-control-allow-origin', origin, ...credentials]
      return ['vary', 'origin', ...allowed, 'access-control-expose-headers', exposed]
    }
  }
}

/**
 * Answers CORS preflights without a token and without an upstream. Returns the headers of the 204, or null where the
 * request is not a preflight.
 */
export function createPreflight({ policy, allows }: Cors, matcher: ReturnType<typeof matcherOf>) {
  function methodsOf(request: IncomingMessage): string[] {
    checkMessage(request)
    return matcher.methods(readTarget(request.url ?? '').path)
  }

  return (request: IncomingMessage): string[] | null => {
    if (request.method !== 'OPTIONS') return null
    // RFC 9110 9.3.7: about the server as a whole, so it is not forwarded.
    if (request.url === '*') {
      checkMessage(request)
      return ['allow', knownMethods.join(', ')]
    }
    const {
      origin,
      'access-control-request-method': method,
      'max-forwards': hops
    } = request.headers
    // RFC 9110 7.6.2: the last allowed hop responds itself.
    if (hops === '0') {
      const allowed = methodsOf(request)
      return allowed.length > 0 ? ['allow', allowed.join(', ')] : null
    }
    if (policy === null) return null
    if (origin === undefined || method === undefined) return null
    const methods = methodsOf(request)
    if (!allows(origin))
      throw forbidden(
        'origin-not-allowed',
        'Browsers may not call this API from this origin. Use an origin that it allows.'
      )
    const allow = methods.length > 0 ? methods.join(', ') : 'GET, HEAD'
    const seconds = `${Math.floor(policy.maxAgeMs / 1000)}`
    return [
      'access-control-allow-methods',
      allow,
      'access-control-allow-headers',
      [requestHeaders, ...policy.requestHeaders].join(', '),
      'access-control-max-age',
      seconds
    ]
  }
}
