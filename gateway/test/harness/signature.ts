import { createHmac } from 'node:crypto'
import { internalSecret } from './gateway.ts'
import type { Seen } from './upstream.ts'

/** Whether the request's signature is the gateway's for this identity, and at most 120 s ahead. */
export function isSigned(seen: Pick<Seen, 'all'>, id: string, type: string): boolean {
  const [signature = ''] = seen.all('request-signature')
  const [version, expiry, mac] = signature.split('.')
  const ahead = Number(expiry) - Date.now() / 1000
  const expected = createHmac('sha256', internalSecret)
    .update(`${id}|${type}|${expiry}`)
    .digest('base64url')
  return version === 'v1' && mac === expected && ahead > 0 && ahead <= 120
}
