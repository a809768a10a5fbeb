import { createHash, randomBytes } from 'node:crypto'

/** A new refresh token: 256 random bits, and what of them is stored. */
export function newToken() {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOf(token) }
}

/** With so many random bits a plain SHA-256 is enough to store a token by (guarantee B15). */
export function hashOf(token: string) {
  return new Uint8Array(createHash('sha256').update(token).digest())
}
