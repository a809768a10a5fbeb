import type { Exchange } from './exchange.ts'
import type { Logger } from './http/log-record.ts'

/** What stands before the host of a target that is no path, if there is one: whatever ends with the last `@`. */
const userinfo = /^((?:[a-z][a-z0-9+.-]*:)?\/\/)?.*@/i

/** A target without its query, which may hold a secret, and without a password (RFC 3986 3.2.1). */
function loggedTarget(target: string): string {
  const [url = ''] = target.split('?', 1)
  const isPath = url.startsWith('/') && !url.startsWith('//')
  return isPath ? url : url.replace(userinfo, '$1***@')
}

/** Writes the one line of a request, when its answer is done; nothing is even gathered where `info` is off. */
export function createAccessLog(log: Logger & { isLevelEnabled?: (level: string) => boolean }) {
  if (log.isLevelEnabled?.('info') === false) return () => {}
  return ({
    id,
    request,
    response,
    startedAt,
    forwarded,
    match,
    claims,
    reason,
    bytes
  }: Exchange) => {
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    const { method } = request
    const url = loggedTarget(request.url ?? '')
    const to = match?.route.route.service.name
    const passed = bytes && { bytes_received: bytes.received, bytes_sent: bytes.sent }
    const line = {
      request_id: id,
      method,
      url,
      status: response.statusCode,
      ms,
      ip: forwarded.client,
      to
    }
    log.info({ ...line, ...passed, user_id: claims?.sub, reason: reason ?? undefined }, 'answered')
  }
}
