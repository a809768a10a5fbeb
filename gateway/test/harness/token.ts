import { createHash, createHmac } from 'node:crypto'
import { jwtSecret } from './gateway.ts'

/** The users of these tests. */
export const ada = '01900000-0000-7000-8000-00000000000a'
export const bob = '01900000-0000-7000-8000-00000000000b'

export const base64url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** The time as tokens tell it: whole seconds since 1970. */
export const now = () => Math.floor(Date.now() / 1000)

/** The first 16 hexadecimal digits of the secret's SHA-256: the `kid` of its tokens. */
export const kidOf = (secret: string) =>
  createHash('sha256').update(secret).digest('hex').slice(0, 16)

/** The header of a good access token. */
export const goodHeader = { alg: 'HS256', typ: 'at+jwt', kid: kidOf(jwtSecret) }

/** The claims of a good access token, from now for 15 minutes. */
export const goodClaims = () => ({
  iss: 'gatehouse',
  aud: 'gatehouse',
  sub: ada,
  user_type: 'default',
  sid: '01900000-0000-7000-8000-0000000000f1',
  jti: '01900000-0000-7000-8000-0000000000f2',
  iat: now(),
  exp: now() + 900
})

interface Parts {
  /** Laid over the good claims; `undefined` takes one away. */
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  secret?: string
  /** The hash under the HMAC, whatever `alg` says. */
  hash?: string
}

/** Signs header and payload, given as text, and gives the compact form. */
export function signParts(header: string, payload: string, secret = jwtSecret, hash = 'sha256') {
  const signed = `${base64url(header)}.${base64url(payload)}`
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
}

/** A good access token, except for what `parts` say otherwise; made without any code of the gateway. */
export function mintToken({ claims = {}, header = {}, secret, hash }: Parts = {}): string {
  const whole = JSON.stringify({ ...goodHeader, ...header })
  return signParts(whole, JSON.stringify({ ...goodClaims(), ...claims }), secret, hash)
}

/** The header line with a good token of this user. */
export const bearer = (sub = ada, user_type = 'default') =>
  `authorization: Bearer ${mintToken({ claims: { sub, user_type } })}`
