import type { Signer } from '@gatehouse/service-kit'
import type { Claims } from '../auth/tokens.ts'
import { type FieldLines, linesOf } from '../field-lines.ts'

const nobody = { id: '', type: '' }
/** A signature is good for a minute more than this, in ms. */
const keptMs = 60_000
/** Callers whose lines are kept, at some 300 bytes each. */
const mostKept = 10_000

export type IdentityLines = ReturnType<typeof createIdentityLines>

/**
 * Tells an upstream who asks, and that it is this gateway's word (DESIGN, `request-signature`). What was made for a
 * caller's claims within a minute is given again; the same token gives the same claims.
 */
export function createIdentityLines(sign: Signer, now: () => number = Date.now) {
  let minute = 0
  const made = new Map<Claims | null, FieldLines>()

  function make(claims: Claims | null): FieldLines {
    if (claims === null) return linesOf(['request-signature', sign(nobody)])
    const { sub: id, user_type: type } = claims
    const signature = sign({ id, type })
    return linesOf([
      'request-user-id',
      id,
      'request-user-type',
      type,
      'request-signature',
      signature
    ])
  }

  return (claims: Claims | null): FieldLines => {
    const current = Math.floor(now() / keptMs)
    if (current !== minute || made.size >= mostKept) {
      minute = current
      made.clear()
    }
    const known = made.get(claims)
    if (known !== undefined) return known
    const lines = make(claims)
    made.set(claims, lines)
    return lines
  }
}
