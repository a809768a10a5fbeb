import { randomUUID } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Key, TokenOptions } from './keys.ts'

/** What the gateway trusts of a token. */
const Claims = Type.Object({
  sub: Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' }),
  user_type: Type.String({ pattern: '^[a-z][a-z0-9_-]*$', maxLength: 64 }),
  sid: Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9._-]+$' }),
  jti: Type.String({ minLength: 1, maxLength: 128 }),
  iat: Type.Integer(),
  exp: Type.Integer()
})
export type Claims = Static<typeof Claims>
/** Code of its own: on the way of every new token, at a fiftieth of what walking the schema costs. */
const claimsCheck = Compile(Claims)

interface Session {
  user_id: string
  user_type: string
  session_id: string
}

/** Longest token that is looked at, in characters (PROMISES B19). */
const maxTokenLength = 8192
/** How far ahead the clock of another replica may run, in seconds (PROMISES B8). */
const maxAheadSeconds = 60

/** What a header says the key is called; undefined where it is not readable or says nothing. */
function kidIn(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString()).kid
  } catch {
    return undefined
  }
}

export type Tokens = ReturnType<typeof createTokens>

/** Issues and verifies access tokens. `keys` are those of `registerKeys`, the signing one first. */
export function createTokens(keys: readonly Key[], { ttlMs }: TokenOptions, now = Date.now) {
  const byKid = new Map(keys.map((key) => [key.kid, key]))

  /** A kid is a name in a fixed map and nothing else; without one, each current key is tried. */
  function candidates(token: string): readonly Key[] {
    const kid = kidIn(token.slice(0, token.indexOf('.')))
    if (kid === undefined) return keys
    const key = typeof kid === 'string' ? byKid.get(kid) : undefined
    return key ? [key] : []
  }

  function verifyWith({ jwt }: Key, token: string): Claims | null {
    try {
      const claims: unknown = jwt.verify(token)
      if (!claimsCheck.Check(claims)) return null
      const plausible =
        claims.exp * 1000 > now() &&
        claims.iat <= now() / 1000 + maxAheadSeconds &&
        claims.exp - claims.iat <= ttlMs / 1000
      return plausible ? claims : null
    } catch {
      return null
    }
  }

  return {
    /** Life of an access token, in seconds. */
    ttlSeconds: Math.floor(ttlMs / 1000),

    /** A new access token for a session. */
    issue({ user_id, user_type, session_id }: Session): string {
      const [signing] = keys
      if (!signing) throw new Error('there is no signing key')
      const claims = { sub: user_id, user_type, sid: session_id, jti: randomUUID() }
      return signing.jwt.sign(claims)
    },

    /** The claims of a valid token, or null. */
    verify(token: string): Claims | null {
      if (token.length > maxTokenLength) return null
      for (const key of candidates(token)) {
        const claims = verifyWith(key, token)
        if (claims) return claims
      }
      return null
    }
  }
}
