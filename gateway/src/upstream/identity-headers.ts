import type { Signer } from '@gatehouse/service-kit'
import { type HeaderLines, headerLines } from '../http/header-lines.ts'

/** The claims of an access token, as far as an upstream learns of them. */
interface Caller {
  sub: string
  user_type: string
}

const nobody = { id: '', type: '' }
/** A signature is good for a minute more than this, in ms. */
const keptMs = 60_000
/** Callers whose lines are kept, at some 300 bytes each. */
const maxKept = 10_000

export type IdentityHeaders = ReturnType<typeof createIdentityHeaders>

/**
 * Makes the headers that identify the caller to an upstream, and sign that this gateway sent them (`request-signature`). What was made for a
 * caller's claims within a minute is given again; the same token gives the same claims.
 */
export function createIdentityHeaders(sign: Signer, now: () => number = Date.now) {
  let minute = 0
  const made = new Map<Caller | null, HeaderLines>()

  function make(claims: Caller | null): HeaderLines {
    if (claims === null) return headerLines(['request-signature', sign(nobody)])
    const { sub: id, user_type: type } = claims
    const signature = sign({ id, type })
    return headerLines([
      'request-user-id',
      id,
      'request-user-type',
      type,
      'request-signature',
      signature
    ])
  }

  return (claims: Caller | null): HeaderLines => {
    const current = Math.floor(now() / keptMs)
    if (current !== minute || made.size >= maxKept) {
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
