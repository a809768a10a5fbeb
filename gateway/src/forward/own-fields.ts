import { announceEnd, isLatest } from '../clients/connection.ts'
import { type FieldLines, linesOf } from '../field-lines.ts'
import type { Exchange } from './exchange.ts'

/** RFC 6797, only where the client came by TLS: two years. */
const transportPolicy = 'strict-transport-security: max-age=63072000; includeSubDomains\r\n'

/** What the gateway says on every answer, of its own or of an upstream. */
export function ownLines({ id, allowance, cors, forwarded }: Exchange): FieldLines {
  let lines = `x-content-type-options: nosniff\r\nrequest-id: ${id}\r\n`
  if (cors.length > 0) lines += linesOf(cors)
  if (forwarded.proto === 'https') lines += transportPolicy
  if (allowance === null) return lines
  const { limit, remaining, resetSeconds } = allowance
  const left = `ratelimit-remaining: ${remaining}\r\nratelimit-reset: ${resetSeconds}\r\n`
  return `${lines}ratelimit-limit: ${limit}\r\n${left}`
}

/**
 * While the gateway drains, says that this answer is its connection's last: what comes behind its request is not
 * served (RFC 9112 9.6).
 */
export function endIfDraining(exchange: Exchange, framing: string[]) {
  if (!(exchange.lifecycle.draining && isLatest(exchange))) return
  framing.push('connection', 'close')
  announceEnd(exchange.request.socket)
}
