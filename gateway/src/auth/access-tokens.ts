import { createHash, randomUUID } from 'node:crypto'
import fastifyJwt, { type JWT } from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'

/** Issuer, audience, lifetime and secrets of access tokens. */
export interface TokenOptions {
  /** The first signs; all verify (guarantee B13). Each at least 32 bytes. */
  secrets: readonly string[]
  issuer: string
  audience: string
  ttlMs: number
}

/** A signing secret: @fastify/jwt configured for it, and the `kid` of its tokens. */
export interface Key {
  kid: string
  jwt: JWT
}

const kidOf = (secret: string) => createHash('sha256').update(secret).digest('hex').slice(0, 16)

/**
 * Registers @fastify/jwt once for each secret, strictly: its own defaults accept a token without `exp`,
 * `iss` or `aud`, of any `typ` (RFC 8725; guarantees B6 to B9).
 */
export async function registerKeys(app: FastifyInstance, options: TokenOptions): Promise<Key[]> {
  const { secrets, issuer, audience, ttlMs } = options
  for (const secret of secrets) {
    const kid = kidOf(secret)
    await app.register(fastifyJwt, {
      secret,
      namespace: kid,
      sign: {
        algorithm: 'HS256',
        header: { alg: 'HS256', typ: 'at+jwt' },
        kid,
        iss: issuer,
        aud: audience,
        expiresIn: `${ttlMs}ms`
      },
      verify: {
        algorithms: ['HS256'],
        allowedIss: issuer,
        allowedAud: audience,
        requiredClaims: ['iss', 'aud', 'sub', 'user_type', 'sid', 'jti', 'iat', 'exp'],
        checkTyp: 'at+jwt',
        // The gateway issues no token with a longer lifetime: an older `iat` is a forgery or a mistake.
        maxAge: `${ttlMs}ms`,
        clockTolerance: 0,
        cache: false
      }
    })
  }
  const namespaces = app.jwt as unknown as Record<string, JWT>
  return secrets.map((secret) => ({ kid: kidOf(secret), jwt: namespaces[kidOf(secret)] as JWT }))
}

/** The claims that the gateway reads. */
const Claims = Type.Object({
  sub: Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' }),
  user_type: Type.String({ pattern: '^[a-z][a-z0-9_-]*$', maxLength: 64 }),
  sid: Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9._-]+$' }),
  jti: Type.String({ minLength: 1, maxLength: 128 }),
  iat: Type.Integer(),
  exp: Type.Integer()
})
export type Claims = Static<typeof Claims>
/** Compiled: this runs for every new token, at a fiftieth of the cost of interpreting the schema. */
const claimsCheck = Compile(Claims)

interface Session {
  user_id: string
  user_type: string
  session_id: string
}

/** Limit of a token, in characters (guarantee B19). */
const maxTokenLength = 8192
/** Clock skew between replicas, in seconds (guarantee B8). */
const maxAheadSeconds = 60

/** The `kid` of a token's header; undefined where it has none or is unreadable. */
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

  /** The keys that may have signed a token: by its `kid`, or all where it has none. */
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
      if (!signing) throw new Error('no signing key: set JWT_SECRET')
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

/** `Bearer`, one space, and the characters of RFC 6750 2.1. */
const bearer = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i
const maxCached = 10_000
/** The end of a token is its signature: unique like the whole token, and shorter to hash. */
const keyLength = 24

/**
 * Returns the function that reads the claims of an Authorization header, or null. A verified header is cached by its exact
 * text until the token expires.
 */
export function createBearer(tokens: Tokens, now: () => number = Date.now) {
  let verified = new Map<string, { authorization: string; claims: Claims }>()

  function remember(key: string, authorization: string, claims: Claims) {
    if (verified.size >= maxCached) verified = new Map()
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
