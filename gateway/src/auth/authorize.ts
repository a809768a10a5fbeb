import { forbidden, ProblemError, unavailable } from '@gatehouse/service-kit'
import type { Entry } from '../table/match.ts'
import type { Match } from '../table/matcher.ts'
import { createBearer } from './bearer.ts'
import { decide } from './decide.ts'
import type { EndedSessions } from './ended-sessions.ts'
import type { Claims, Tokens } from './tokens.ts'

/** RFC 6750 3: a request without a token is told the scheme alone, a refused token its error as well. */
const challenge = 'Bearer realm="gatehouse"'
const refusal = `${challenge}, error="invalid_token"`

function unauthenticated(slug: string, detail: string, header: string, cause?: unknown) {
  const headers = { 'www-authenticate': header }
  return new ProblemError(401, slug, detail, { headers, cause })
}

/** Why a good token is refused: never told to the client, but to the audit line. */
export interface EndedToken {
  user_id: string
  session_id: string
}

/** One body for every way in which a token can be bad, so that nobody learns which it was (PROMISES B18). */
const badToken = (ended?: EndedToken) =>
  unauthenticated('invalid-token', 'The access token is not valid, or no longer.', refusal, ended)

const unknownSessions = () =>
  unavailable('sessions-unknown', 'Which sessions have ended is not known here yet; try again.', 2)

interface Deps {
  tokens: Tokens
  ended: EndedSessions
}

export type Authorize = ReturnType<typeof createAuthorize>

/** The two questions about a request that its line asks: who makes it, and may they. */
export function createAuthorize({ tokens, ended }: Deps) {
  const read = createBearer(tokens)

  return {
    /** Whose valid token the request has; null where the line is public. Throws 401; 503 where nobody can say yet. */
    identify({ route }: Match<Entry>, authorization: string | undefined): Claims | null {
      if (decide(route.route.allow, null, undefined) === 'pass') return null
      if (authorization === undefined) {
        throw unauthenticated('no-token', 'This needs an access token: log in first.', challenge)
      }
      const claims = read(authorization)
      if (claims === null) throw badToken()
      const { sub: user_id, sid: session_id } = claims
      if (ended.has(session_id)) throw badToken({ user_id, session_id })
      if (!ended.isComplete()) throw unknownSessions()
      return claims
    },

    /** Throws 403 where the line names neither the caller's type nor the owner. */
    authorize({ route, values }: Match<Entry>, claims: Claims | null) {
      const { allow, owner } = route.route
      const ownerId = owner === null ? undefined : values[route.names.indexOf(owner)]
      if (decide(allow, claims, ownerId) === 'pass') return
      throw forbidden('not-allowed', `This needs ${allow.join(' or ')}.`)
    }
  }
}
