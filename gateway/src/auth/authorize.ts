import { forbidden, ProblemError, unavailable } from '@gatehouse/service-kit'
import type { Entry, Match } from '../route-table/router.ts'
import { type Claims, createBearer, type Tokens } from './access-tokens.ts'
import type { RevokedSessions } from './session-revocation.ts'

/** What a route decides about a caller: pass, 401 or 403. */
export type Decision = 'pass' | 401 | 403

/** What a route checks of a caller. */
interface Caller {
  /** The user's id, which is compared with the parameter that `owner` names. */
  sub: string
  user_type: string
}

/**
 * Decides whether a caller may use a route: for requests, and for the commands matrix and explain. It is pure and
 * allocates nothing, since it runs for every request.
 * @param allow the route's `allow`, as compiled: `public`, `user`, `owner` or user types, any of them
 * @param caller the subject of a valid token; null without one
 * @param ownerId the value of the parameter that the route's `owner` names
 */
export function decide(
  allow: readonly string[],
  caller: Caller | null,
  ownerId: string | undefined
): Decision {
  if (allow[0] === 'public') return 'pass'
  if (caller === null) return 401
  for (const word of allow) {
    if (word === 'user') return 'pass'
    if (word === 'owner' ? ownerId === caller.sub : word === caller.user_type) return 'pass'
  }
  return 403
}

/** RFC 6750 3: without a token the challenge has no error, with a refused token it has. */
const challenge = 'Bearer realm="gatehouse"'
const refusal = `${challenge}, error="invalid_token"`

function unauthenticated(slug: string, detail: string, header: string, cause?: unknown) {
  const headers = { 'www-authenticate': header }
  return new ProblemError(401, slug, detail, { headers, cause })
}

/** The revoked session of a valid token: for the audit log, never for the client. */
export interface RevokedToken {
  user_id: string
  session_id: string
}

/** One body for every invalid token, so that a client does not learn the reason (guarantee B18). */
export const invalidToken = (ended?: RevokedToken) =>
  unauthenticated(
    'invalid-token',
    'The access token is invalid, expired or revoked. Log in again.',
    refusal,
    ended
  )

const sessionsUnknown = () =>
  unavailable(
    'sessions-unknown',
    'The gateway is still loading revoked sessions. Try again shortly.',
    2
  )

interface Parts {
  tokens: Tokens
  revoked: RevokedSessions
  /** The user types of the table: a token of any other is refused, whatever a route allows. */
  userTypes: readonly string[]
}

/**
 * Sets the claims of the caller; they stay null where the route is public. Throws 401, 403 (with the claims set, for the
 * audit log), or 503 while the gateway still loads revoked sessions.
 */
export type Authenticate = (
  exchange: { claims: Claims | null },
  match: Match<Entry>,
  authorization: string | undefined
) => void

/** Builds the one check of who makes a request, and whether the route allows that caller. */
export function createAuthenticate({ tokens, revoked, userTypes }: Parts): Authenticate {
  const read = createBearer(tokens)
  const known = new Set(userTypes)

  return function authenticate(exchange, { route, values }, authorization) {
    const { allow, owner } = route.route
    if (allow[0] === 'public') return
    if (authorization === undefined)
      throw unauthenticated('no-token', 'An access token is required. Log in first.', challenge)
    const claims = read(authorization)
    if (claims === null || !known.has(claims.user_type)) throw invalidToken()
    const { sub: user_id, sid: session_id } = claims
    if (revoked.has(session_id)) throw invalidToken({ user_id, session_id })
    if (!revoked.isComplete()) throw sessionsUnknown()
    exchange.claims = claims
    const ownerId = owner === null ? undefined : values[route.names.indexOf(owner)]
    if (decide(allow, claims, ownerId) !== 'pass')
      throw forbidden(
        'not-allowed',
        `Only ${allow.join(' or ')} may call this. Log in with such an account.`
      )
  }
}
