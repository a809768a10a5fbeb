import { createHash, createHmac, randomBytes } from 'node:crypto'

/** The secrets of this run. */
export const jwtSecret = randomBytes(32).toString('base64url')
export const internalSecret = randomBytes(32).toString('base64url')

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An access token that every peer verifies, good for 15 minutes. */
export function mintToken(): string {
  const kid = createHash('sha256').update(jwtSecret).digest('hex').slice(0, 16)
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    iss: 'gatehouse',
    aud: 'gatehouse',
    sub: '01900000-0000-7000-8000-00000000000a',
    user_type: 'default',
    sid: '01900000-0000-7000-8000-0000000000f1',
    jti: '01900000-0000-7000-8000-0000000000f2',
    iat,
    exp: iat + 900
  }
  const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', jwtSecret).update(signed).digest('base64url')}`
}
