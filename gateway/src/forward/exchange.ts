import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Claims } from '../auth/tokens.ts'
import type { Allowance } from '../policy/rate.ts'
import type { Entry, Match } from '../table/match.ts'

/** One request on its way through the gateway, and all that was found out about it so far. */
export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** `request-id`: in the logs, towards the upstream and in the answer. */
  id: string
  /** When it arrived, in ms of `performance.now()`. */
  startedAt: number
  /** The client's address, found behind trusted proxies. */
  ip: string
  /** The line it falls under; null until it is matched. */
  match: Match<Entry> | null
  /** Who makes it; null on public routes, and until that is known. */
  claims: Claims | null
  /** What the caller's rate leaves; null where the route has none. */
  allowance: Allowance | null
  /** Said in the access log where the answer did not end as it should. */
  reason: string | null
  /** The client holds its body back until it is told to go on (RFC 9110 10.1.1). */
  awaitsContinue: boolean
  lifecycle: Lifecycle
}

/** Where the gateway as a whole is: while it drains, every answer ends its connection (PROMISES G15). */
export interface Lifecycle {
  draining: boolean
}

/** Whether the request announces a body (RFC 9112 6). */
export function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  return coding !== undefined || (length !== undefined && length !== '0')
}
