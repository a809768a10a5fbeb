import type { Exchange } from './exchange.ts'
import type { Logger } from './http/log-record.ts'

/** Scheme and userinfo of a target that is not a path. */
const userinfo = /^((?:[a-z][a-z0-9+.-]*:)?\/\/)?.*@/i

/** A target without its query, which may hold a secret, and without a password (RFC 3986 3.2.1). */
function loggedTarget(target: string): string {
  const [url = ''] = target.split('?', 1)
  const isPath = url.startsWith('/') && !url.startsWith('//')
  return isPath ? url : url.replace(userinfo, '$1***@')
}

/** Returns the function that logs a request when its response has ended; it does nothing where `info` is off. */
export function createAccessLog(log: Logger & { isLevelEnabled?: (level: string) => boolean }) {
  if (log.isLevelEnabled?.('info') === false) return () => {}
  return function logRequest(exchange: Exchange) {
    const { id, request, response, startedAt, forwarded, match, claims, reason, bytes } = exchange
    const members = {
      request_id: id,
      method: request.method,
      url: loggedTarget(request.url ?? ''),
      status: response.statusCode,
      duration_ms: Math.round((performance.now() - startedAt) * 10) / 10,
      ip: forwarded.client,
      upstream: match?.route.route.service.name,
      ...(bytes && { bytes_received: bytes.received, bytes_sent: bytes.sent }),
      user_id: claims?.sub,
      reason: reason ?? undefined
    }
    log.info(members, 'request completed')
  }
}
