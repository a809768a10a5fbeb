import { type Check as HealthCheck, signatureChallenge } from '@gatehouse/service-kit'
import type { Static, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { secretVariable } from '../config.ts'
import type { Logger } from '../http/log-record.ts'
import type { Upstream, Upstreams } from './upstream.ts'

const timeoutMs = 2000
const readinessMs = 700
const maxBytes = 1024 * 1024
const nobody = { id: '', type: '' }

/** Reads at most `maxBytes` of a body. */
async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** Requests revocation feeds in the gateway's own name: signed, for no user, on connections that nothing else uses. */
export function createInternalClient(upstreams: Upstreams) {
  return {
    /** The JSON at `path` if the service answers 200 and it meets `schema`; throws otherwise. At most 2 s. */
    async get<T extends TSchema>(service: string, path: string, schema: T): Promise<Static<T>> {
      const { pools, sign } = upstreams.of({ name: service })
      const { statusCode, body } = await pools.revocations.request({
        method: 'GET',
        path,
        headers: { 'request-signature': sign(nobody) },
        signal: AbortSignal.timeout(timeoutMs)
      })
      const text = await readText(body)
      if (statusCode !== 200) throw new Error(`${service} answered ${statusCode} to GET ${path}`)
      const value: unknown = JSON.parse(text)
      if (!Check(schema, value)) throw new Error(`${service} answered GET ${path} in another shape`)
      return value as Static<T>
    }
  }
}

/** `check`, with `onUp` called where it succeeds after it has failed, or for the first time. */
function watched(check: HealthCheck, onUp: () => void): HealthCheck {
  let up = false
  return async () => {
    try {
      await check()
    } catch (error) {
      up = false
      throw error
    }
    if (!up) onUp()
    up = true
  }
}

interface Readiness {
  upstreams: Upstreams
  /** Told of a service that has become ready. */
  onUp: (service: string) => void
  log: Logger
}

/**
 * One check for each service that tells its readiness, signed; the others are not asked. `isBelieved` says whether none
 * of them refused the signature when it was last asked: all requests to such a service would fail.
 */
export function createReadiness({ upstreams, onUp, log }: Readiness) {
  const refusing = new Set<string>()

  function noteRefusal(service: string, refuses: boolean) {
    if (!refuses) return refusing.delete(service)
    if (refusing.has(service)) return
    refusing.add(service)
    const variable = secretVariable(service)
    log.error(
      { upstream: service },
      `the service refuses the gateway's signature: ${variable} (or INTERNAL_SECRET) must be its INTERNAL_SECRET`
    )
  }

  function checkOf({ service: { name, health }, pools, sign }: Upstream): HealthCheck {
    async function check() {
      const { statusCode, headers, body } = await pools.internal.request({
        method: 'GET',
        path: health ?? '',
        headers: { 'request-signature': sign(nobody) },
        signal: AbortSignal.timeout(readinessMs)
      })
      await body.dump()
      const { 'www-authenticate': challenge } = headers
      noteRefusal(name, statusCode === 401 && challenge === signatureChallenge)
      if (statusCode !== 200) throw new Error(`${name} answered ${statusCode}`)
    }
    return watched(check, () => onUp(name))
  }

  const asked = upstreams.all.filter(({ service }) => service.health !== null)
  return {
    checks: Object.fromEntries(asked.map((upstream) => [upstream.service.name, checkOf(upstream)])),
    isBelieved: () => refusing.size === 0
  }
}
