import type { Claims, Tokens } from './tokens.ts'

/** `Bearer`, one space, and the characters of RFC 6750 2.1. */
const bearer = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i
const remembered = 10_000
/** The end of a token is its signature: as good a key as the whole, and a shorter one to hash. */
const keyLength = 24

/**
 * Reads the claims of an `authorization` field, or null. One that was verified is remembered by its exact
 * spelling until it expires; another spelling of the same token is verified by itself.
 */
export function createBearer(tokens: Tokens, now: () => number = Date.now) {
  let verified = new Map<string, { authorization: string; claims: Claims }>()

  function remember(key: string, authorization: string, claims: Claims) {
    if (verified.size >= remembered) verified = new Map()
    verified.set(key, { authorization, claims })
  }

  return (authorization: string): Claims | null => {
    const key = authorization.slice(-keyLength)
    const known = verified.get(key)
    if (known && known.authorization === authorization) {
      return known.claims.exp * 1000 > now() ? known.claims : null
    }
    const token = bearer.exec(authorization)?.[1]
    const claims = token === undefined ? null : tokens.verify(token)
    if (claims) remember(key, authorization, claims)
    return claims
  }
}
