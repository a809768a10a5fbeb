import type { Logger } from '../log.ts'
import type { Exchange } from './exchange.ts'

/** Writes the one line of a request, when its answer is done; nothing is even gathered where `info` is off. */
export function createAccessLog(log: Logger & { isLevelEnabled?: (level: string) => boolean }) {
  if (log.isLevelEnabled?.('info') === false) return () => {}
  return ({ id, request, response, startedAt, ip, match, claims, reason }: Exchange) => {
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    const { method } = request
    // Without the query, which may hold a secret.
    const [url] = (request.url ?? '').split('?', 1)
    const to = match?.route.route.service.name
    const line = { request_id: id, method, url, status: response.statusCode, ms, ip, to }
    log.info({ ...line, user_id: claims?.sub, reason: reason ?? undefined }, 'answered')
  }
}
