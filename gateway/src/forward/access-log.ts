import type { Logger } from '../log.ts'
import type { Exchange } from './exchange.ts'

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
    // Without the query, which may hold a secret.
    const [url] = (request.url ?? '').split('?', 1)
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
