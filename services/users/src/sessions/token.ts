import { createHash, createHmac, randomBytes } from 'node:crypto'

/** A new refresh token: 256 random bits, and what of them is stored. */
export function newToken() {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOf(token) }
}

/** What makes the successor of a refresh token, together with that token: 256 random bits. */
export function newSalt() {
  return new Uint8Array(randomBytes(32))
}

/**
 * The refresh token that follows `token`. Who has the token alone does not know it, and who reads the database does not
 * either: so it can be given again, and only its SHA-256 is stored (guarantees B15, B28).
 */
export function successorOf(token: string, salt: Uint8Array) {
  const next = createHmac('sha256', salt).update(token).digest('base64url')
  return { token: next, hash: hashOf(next) }
}

/** With so many random bits a plain SHA-256 is enough to store a token by (guarantee B15). */
export function hashOf(token: string) {
  return new Uint8Array(createHash('sha256').update(token).digest())
}
