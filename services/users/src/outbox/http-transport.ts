import type { ServiceSigner } from '@gatehouse/service-kit'
import { EventRefused, type Transport } from './event.ts'

interface Options {
  /** The origin of the subscriber. */
  url: string
  sign: ServiceSigner
  timeoutMs?: number
}

/** Longer than a subscriber needs for a user with thousands of orders. */
const patienceMs = 30_000
const path = '/events'

/**
 * The answers that speak of the event. All others speak of the subscriber: away, starting, overloaded, of another
 * version, or with another secret; the event would be taken once that is mended.
 */
const refusals = [400, 409, 410, 413, 415, 422, 500]

/** Tells events to one subscriber, each by a signed POST. */
export function createHttpTransport({ url, sign, timeoutMs = patienceMs }: Options): Transport {
  const target = new URL(path, url)
  return async (event, signal) => {
    const body = JSON.stringify(event)
    const response = await fetch(target, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headers: {
        'content-type': 'application/json',
        'request-id': event.request_id,
        'request-signature': sign({ method: 'POST', path, body })
      },
      body
    })
    if (response.ok) return response.body?.cancel()
    const told = `${response.status} ${(await response.text()).slice(0, 300)}`
    throw refusals.includes(response.status) ? new EventRefused(told) : new Error(told)
  }
}
