import type { Signer } from '@gatehouse/service-kit'
import { Field, fieldOf } from '../guard/fields.ts'
import type { Exchange } from './exchange.ts'
import { isTraceparent, startTrace } from './trace.ts'

/** RFC 9110 7.6.3: the protocol that was received, and who passes it on. */
const via = '1.1 gatehouse'
const nobody = { id: '', type: '' }

/** Names that a `connection` field lists; null for the two that everybody sends. */
function listedIn(value: string, before: Set<string> | null): Set<string> | null {
  if (value === 'keep-alive' || value === 'close') return before
  const names = value.split(',').map((name) => name.trim().toLowerCase())
  return new Set([...(before ?? []), ...names])
}

/**
 * The header section for the upstream, as undici takes it: name, value, name, value. The client's fields
 * in their order, without hop-by-hop fields, look-alikes of ours and what `connection` lists; and only
 * then, where nothing can take them away any more, ours (PROMISES A4).
 */
export function requestHeaders(exchange: Exchange, sign: Signer): string[] {
  const { request, claims } = exchange
  const { rawHeaders } = request
  const headers: string[] = []
  let traceparent = ''
  let tracestate: string | null = null
  let listed: Set<string> | null = null
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    const value = rawHeaders[index + 1] as string
    const { kind } = fieldOf(name)
    if (kind === Field.plain) headers.push(name, value)
    else if (kind === Field.connection) listed = listedIn(value, listed)
    else if (kind === Field.traceparent) traceparent = value
    else if (kind === Field.tracestate) tracestate = tracestate ? `${tracestate},${value}` : value
    // The token was for the gateway; a service believes the signature alone.
    else if (kind === Field.authorization && claims === null) headers.push(name, value)
  }
  const kept = listed ? withoutListed(headers, listed) : headers
  const traced = traceparent !== '' && isTraceparent(traceparent)
  kept.push('request-id', exchange.id, 'traceparent', traced ? traceparent : startTrace())
  if (traced && tracestate) kept.push('tracestate', tracestate)
  if (claims) kept.push('request-user-id', claims.sub, 'request-user-type', claims.user_type)
  const identity = claims ? { id: claims.sub, type: claims.user_type } : nobody
  kept.push('request-signature', sign(identity), 'via', via)
  const { client, chain, proto, host } = exchange.forwarded
  kept.push('x-forwarded-for', chain, 'x-forwarded-proto', proto, 'x-forwarded-host', host)
  kept.push('forwarded', forwardedElement(client, proto, host))
  return kept
}

/** RFC 7239 4: an IPv6 address is put in brackets, and what has a colon in quotes. */
function forwardedElement(client: string, proto: string, host: string): string {
  const node = client.includes(':') ? `"[${client}]"` : client
  return `for=${node};host="${host}";proto=${proto}`
}

function withoutListed(headers: string[], listed: Set<string>): string[] {
  const kept: string[] = []
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string
    // Framing is not the client's to take away: the body would be read as the next request.
    const lower = name.toLowerCase()
    if (!listed.has(lower) || lower === 'content-length')
      kept.push(name, headers[index + 1] as string)
  }
  return kept
}
