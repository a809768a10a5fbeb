import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyRequest, RequestPayload } from 'fastify'
import { signatureChallenge } from './identity.ts'
import { ProblemError, unauthorized } from './problem.ts'

/** What one service asks of another; `path` is the request target. */
export interface ServiceRequest {
  method: string
  path: string
  body: string | Buffer
}

export type ServiceSigner = ReturnType<typeof createServiceSigner>
export type ServiceVerifier = ReturnType<typeof createServiceVerifier>

const lifeSeconds = 60
/** What the clocks of two machines may differ by. */
const leewaySeconds = 5
const shape = /^s1\.([a-z][a-z0-9-]{0,30})\.([0-9]{10})\.[A-Za-z0-9_-]{43}$/

/** A key of its own: what the gateway signs for a user is never a signature of a service, nor the reverse. */
function keyOf(secret: string): Buffer {
  return createHmac('sha256', secret).update('one service to another').digest()
}

function sign(key: Buffer, service: string, expiry: number, request: ServiceRequest): string {
  const digest = createHash('sha256').update(request.body).digest('hex')
  const text = JSON.stringify([service, request.method, request.path, digest, expiry])
  return `s1.${service}.${expiry}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

/** Gives the `request-signature` with which `service` asks another one: for this method, path and body, for a minute; the first of the list `secrets` signs. */
export function createServiceSigner(
  secrets: string,
  service: string,
  now: () => number = Date.now
) {
  const [secret = ''] = secrets.split(',')
  const key = keyOf(secret)
  return (request: ServiceRequest): string =>
    sign(key, service, Math.floor(now() / 1000) + lifeSeconds, request)
}

/** Gives the name of the service that made a signature for this request, or null where none did, under any of the list `secrets`. */
export function createServiceVerifier(secrets: string, now: () => number = Date.now) {
  const keys = secrets.split(',').map(keyOf)
  return (request: ServiceRequest, signature: string): string | null => {
    const [, service, digits] = shape.exec(signature) ?? []
    if (service === undefined) return null
    const expiry = Number(digits)
    const seconds = now() / 1000
    if (expiry <= seconds || expiry > seconds + lifeSeconds + leewaySeconds) return null
    const given = Buffer.from(signature)
    const isOurs = (key: Buffer) =>
      timingSafeEqual(Buffer.from(sign(key, service, expiry, request)), given)
    return keys.some(isOurs) ? service : null
  }
}

async function read(payload: AsyncIterable<Buffer>, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of payload) {
    length += chunk.length
    if (length > limitBytes)
      throw new ProblemError(413, 'payload-too-large', 'The request body is too large. Send less.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

interface Expected {
  from: string
  verifyService: ServiceVerifier
}

/** Gives a body on once its signature is checked, as one of the service `from`; throws 401 where it is not. */
export async function verifiedBody(
  request: FastifyRequest,
  payload: RequestPayload,
  { from, verifyService }: Expected
): Promise<RequestPayload> {
  const detail = `Only the service ${from} may ask this.`
  const refusal = unauthorized('not-from-the-service', detail, signatureChallenge)
  const { 'request-signature': header } = request.headers
  const signature = typeof header === 'string' ? header : ''
  if (!signature.startsWith(`s1.${from}.`)) throw refusal
  const body = await read(payload, request.routeOptions.bodyLimit)
  const asked = { method: request.method, path: request.url, body }
  if (verifyService(asked, signature) !== from) throw refusal
  return Object.assign(Readable.from(body), { receivedEncodedLength: body.length })
}
