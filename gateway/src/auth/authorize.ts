import { forbidden, ProblemError } from '@gatehouse/service-kit'
import type { Entry, Match } from '../table/match.ts'
import { createBearer } from './bearer.ts'
import { decide } from './decide.ts'
import type { EndedSessions } from './ended-sessions.ts'
import type { Claims, Tokens } from './tokens.ts'

/** RFC 6750 3: a request without a token is told the scheme alone, a refused token its error as well. */
const challenge = 'Bearer realm="gatehouse"'
const refusal = `${challenge}, error="invalid_token"`

function unauthenticated(slug: string, detail: string, header: string) {
  return new ProblemError(401, slug, detail, { headers: { 'www-authenticate': header } })
}

/** One body for every way in which a token can be bad, so that nobody learns which it was (PROMISES B18). */
const badToken = () =>
  unauthenticated('invalid-token', 'The access token is not valid, or no longer.', refusal)

interface Deps {
  tokens: Tokens
  ended: EndedSessions
}

export type Authorize = ReturnType<typeof createAuthorize>

/** Says who makes a request and whether the matched line lets them; null where the line is public. */
export function createAuthorize({ tokens, ended }: Deps) {
  const read = createBearer(tokens)

  function authenticate(authorization: string | undefined): Claims {
    if (authorization === undefined) {
      throw unauthenticated('no-token', 'This needs an access token: log in first.', challenge)
    }
    const claims = read(authorization)
    if (claims === null || ended.has(claims.sid)) throw badToken()
    return claims
  }

  /** Throws 401 without a valid token, 403 where the line names neither the caller's type nor the owner. */
  return ({ route, values }: Match<Entry>, authorization: string | undefined): Claims | null => {
    const { allow, owner } = route.route
    if (decide(allow, null, undefined) === 'pass') return null
    const claims = authenticate(authorization)
    const ownerId = owner === null ? undefined : values[route.names.indexOf(owner)]
    if (decide(allow, claims, ownerId) === 'pass') return claims
    throw forbidden('not-allowed', `This needs ${allow.join(' or ')}.`)
  }
}
