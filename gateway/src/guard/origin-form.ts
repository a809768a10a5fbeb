import type { IncomingMessage } from 'node:http'

/** A target with the authority that it is for (RFC 9112 3.2.2). */
const absolute = /^https?:\/\/([^/?#]+)(.*)$/i

/**
 * Makes a target that names the very host of the request one of a path, as it would have been sent without a proxy.
 * RFC 9112 3.2.2 wants servers to take it; one that names another host stays as it is, and is refused (PROMISES F15).
 */
export function takeOriginForm(request: IncomingMessage) {
  const [, authority = '', rest = ''] = absolute.exec(request.url ?? '') ?? []
  if (authority === '' || authority.toLowerCase() !== request.headers.host?.toLowerCase()) return
  if (rest.startsWith('/')) request.url = rest
  // RFC 9112 3.2.4: without a path, OPTIONS is about the server as a whole.
  else if (rest === '' && request.method === 'OPTIONS') request.url = '*'
  else request.url = `/${rest}`
}
