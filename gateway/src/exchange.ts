import type { IncomingMessage } from 'node:http'
import type { Lifecycle } from '@gatehouse/service-kit'
import type { Claims } from './auth/access-tokens.ts'
import type { Forwarded } from './checks/client-address.ts'
import type { Allowance } from './checks/rate-limit.ts'
import type { Target } from './checks/request-target.ts'
import type { Entry, Match } from './route-table/router.ts'
import type { ClientConnection } from './server/client-connection.ts'
import type { GatewayResponse } from './server/response.ts'
import type { Upgrade } from './server/upgrade.ts'

/** One request on its way through the gateway, and all that was found out about it so far. */
export interface Exchange {
  request: IncomingMessage
  response: GatewayResponse
  connection: ClientConnection
  /** Its number among the requests of its connection, from 1. */
  sequence: number
  /** `request-id`: in the logs, towards the upstream and in the answer. */
  id: string
  /** When it arrived, in ms of `performance.now()`. */
  startedAt: number
  forwarded: Forwarded
  /** What it asks for; empty until the target has been checked. */
  target: Target
  /** The route that it falls under; null until it is matched. */
  match: Match<Entry> | null
  /** Who makes it; null on public routes, and until that is known. */
  claims: Claims | null
  /** What the caller's rate leaves; null where the route has none. */
  allowance: Allowance | null
  /** What a browser is told about who may read the answer: name, value, name, value. */
  cors: readonly string[]
  /** Said in the access log where the answer did not end as it should. */
  reason: string | null
  /** The client holds its body back until it is told to go on (RFC 9110 10.1.1). */
  awaitsContinue: boolean
  /** The connection itself where the client asks to make a WebSocket of it, on a line that is one. */
  upgrade: Upgrade | null
  /** What passed through its tunnel, in bytes; null where there was none. */
  bytes: { received: number; sent: number } | null
  /** Of the gateway as a whole. */
  lifecycle: Lifecycle
}
