import type { Address } from './open-socket.ts'
import { headTo } from './request.ts'
import { createSecurely } from './secure.ts'

/** How the connections to one upstream are to be. */
export interface ConnectionOptions {
  /** Longest time to open one, in ms. */
  connectTimeoutMs: number
  /** Longest time that one is kept without a request, in ms. */
  keepAliveMs: number
  /** What one reads at once at most, in bytes: it holds so much memory for as long as it is open. */
  readBytes?: number
}

export interface Destination extends Address, Required<ConnectionOptions> {
  /** What `headTo` gives. */
  head: string
}

/** What is read at once in the clear, and behind TLS, where it is one record at most (RFC 8446 5.1), in bytes. */
const plainBytes = 64 * 1024
const recordBytes = 16 * 1024

/** @param origin scheme, host and port */
export function destinationOf(origin: string, options: ConnectionOptions): Destination {
  const { protocol, host, hostname, port } = new URL(origin)
  // An IPv6 literal stands in brackets in a URL, and nowhere else.
  const bare = hostname.replace(/^\[|\]$/g, '')
  const isSecure = protocol === 'https:'
  return {
    host: bare,
    port: Number(port || (isSecure ? 443 : 80)),
    securely: isSecure ? createSecurely(bare) : null,
    head: headTo(host),
    readBytes: isSecure ? recordBytes : plainBytes,
    ...options
  }
}
