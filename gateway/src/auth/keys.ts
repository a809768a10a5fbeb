import { createHash } from 'node:crypto'
import fastifyJwt, { type JWT } from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'

/** Who may use a token, for how long, and which secrets sign it. */
export interface TokenOptions {
  /** The first signs; all verify (PROMISES B13). Each at least 32 bytes. */
  secrets: readonly string[]
  issuer: string
  audience: string
  ttlMs: number
}

/** One signing secret: @fastify/jwt configured for it, under the name that tokens call it by. */
export interface Key {
  kid: string
  jwt: JWT
}

const kidOf = (secret: string) => createHash('sha256').update(secret).digest('hex').slice(0, 16)

/**
 * Registers @fastify/jwt once for each secret, strictly: its own defaults accept a token without `exp`,
 * `iss` or `aud`, of any `typ` (RFC 8725; PROMISES B6 to B9).
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
        // Only used on tokens of our own, whose life is never longer: an older `iat` is a forgery or a mistake.
        maxAge: `${ttlMs}ms`,
        clockTolerance: 0,
        cache: false
      }
    })
  }
  const namespaces = app.jwt as unknown as Record<string, JWT>
  return secrets.map((secret) => ({ kid: kidOf(secret), jwt: namespaces[kidOf(secret)] as JWT }))
}
