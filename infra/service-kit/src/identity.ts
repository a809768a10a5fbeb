import { createHmac, timingSafeEqual } from 'node:crypto'

/** Who a request is made for; both are empty strings on public routes. */
export interface Identity {
  id: string
  type: string
}

export type Signer = ReturnType<typeof createSigner>
export type Verifier = ReturnType<typeof createVerifier>

/**
 * The challenge (RFC 9110 11.6.1) of a service that does not believe a `request-signature`. It is for the gateway, which
 * tells by it from a 401 that is the client's.
 */
export const signatureChallenge = 'request-signature'

const windowSeconds = 60
const maxAheadSeconds = 120
/** At about 200 bytes each: some 10 MB for the signatures that a process remembers. */
const maxRemembered = 50_000
const shape = /^v1\.([0-9]{10})\.[A-Za-z0-9_-]{43}$/

/** Keeps at most `limit` entries: where there are more, it starts anew, which costs one HMAC a user. */
export function remember<V>(map: Map<string, V>, key: string, value: V, limit = maxRemembered) {
  if (map.size >= limit) map.clear()
  map.set(key, value)
}

function sign({ id, type }: Identity, expiry: number, secret: string): string {
  const mac = createHmac('sha256', secret).update(`${id}|${type}|${expiry}`).digest('base64url')
  return `v1.${expiry}.${mac}`
}

/**
 * Gives the `request-signature` of an identity, under the first secret of the list `secrets` (`new,old`): the same for all of a minute, so that it can be kept until that ends, and
 * good for a minute more.
 */
export function createSigner(secrets: string, now: () => number = Date.now) {
  const [secret = ''] = secrets.split(',')
  return (identity: Identity): string => {
    const window = Math.floor(now() / (windowSeconds * 1000))
    return sign(identity, (window + 2) * windowSeconds, secret)
  }
}

/**
 * Says whether a `request-signature` is the gateway's word for this identity, now, under any secret of the list
 * `secrets` (`new,old`). Verified ones are
 * remembered until they expire; what is refused is never remembered, so that it cannot fill memory.
 */
export function createVerifier(secrets: string, now: () => number = Date.now) {
  const all = secrets.split(',')
  const verified = new Map<string, number>()
  let sweepAt = 0
  function sweep(seconds: number) {
    if (seconds < sweepAt) return
    for (const [key, until] of verified) if (until <= seconds) verified.delete(key)
    sweepAt = seconds + windowSeconds
  }
  return (identity: Identity, signature: string): boolean => {
    const seconds = now() / 1000
    const key = `${identity.id}|${identity.type}|${signature}`
    const until = verified.get(key)
    if (until !== undefined) return until > seconds
    const expiry = Number(shape.exec(signature)?.[1])
    // A few seconds of leeway: the gateway's clock may run ahead of ours.
    if (!(expiry > seconds && expiry <= seconds + maxAheadSeconds + 5)) return false
    const given = Buffer.from(signature)
    const isOurs = (secret: string) =>
      timingSafeEqual(Buffer.from(sign(identity, expiry, secret)), given)
    if (!all.some(isOurs)) return false
    sweep(seconds)
    remember(verified, key, expiry)
    return true
  }
}
