import { createHmac, timingSafeEqual } from 'node:crypto'

/** Who a request is made for; both are empty strings on public routes. */
export interface Identity {
  id: string
  type: string
}

export type Signer = ReturnType<typeof createSigner>
export type Verifier = ReturnType<typeof createVerifier>

const windowSeconds = 60
const maxAheadSeconds = 120
const shape = /^v1\.([0-9]{10})\.[A-Za-z0-9_-]{43}$/

function sign({ id, type }: Identity, expiry: number, secret: string): string {
  const mac = createHmac('sha256', secret).update(`${id}|${type}|${expiry}`).digest('base64url')
  return `v1.${expiry}.${mac}`
}

/**
 * Gives the `request-signature` of an identity. One made within a minute is given again until that minute
 * ends, and expires at most 120 s ahead, so that a user's next requests cost no HMAC.
 */
export function createSigner(secret: string, now: () => number = Date.now) {
  let window = 0
  let made = new Map<string, string>()
  return (identity: Identity): string => {
    const current = Math.floor(now() / (windowSeconds * 1000))
    if (current !== window) {
      window = current
      made = new Map()
    }
    const key = `${identity.id}|${identity.type}`
    const known = made.get(key)
    if (known) return known
    const signature = sign(identity, (window + 2) * windowSeconds, secret)
    made.set(key, signature)
    return signature
  }
}

/**
 * Says whether a `request-signature` is the gateway's word for this identity, now. Verified ones are
 * remembered until they expire; what is refused is never remembered, so that it cannot fill memory.
 */
export function createVerifier(secret: string, now: () => number = Date.now) {
  let verified = new Map<string, number>()
  let sweepAt = 0
  function remember(key: string, expiry: number, seconds: number) {
    if (seconds >= sweepAt) {
      verified = new Map([...verified].filter(([, until]) => until > seconds))
      sweepAt = seconds + windowSeconds
    }
    verified.set(key, expiry)
  }
  return (identity: Identity, signature: string): boolean => {
    const seconds = now() / 1000
    const key = `${identity.id}|${identity.type}|${signature}`
    const until = verified.get(key)
    if (until !== undefined) return until > seconds
    const expiry = Number(shape.exec(signature)?.[1])
    // A few seconds of leeway: the gateway's clock may run ahead of ours.
    if (!(expiry > seconds && expiry <= seconds + maxAheadSeconds + 5)) return false
    const expected = Buffer.from(sign(identity, expiry, secret))
    if (!timingSafeEqual(expected, Buffer.from(signature))) return false
    remember(key, expiry, seconds)
    return true
  }
}
