import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { CallOptions } from '@gatehouse/http1-client/request'
import { createApp, createSigner } from '@gatehouse/service-kit'
import { createTokens, registerKeys } from '../../auth/access-tokens.ts'
import { createAuthorize } from '../../auth/authorize.ts'
import { createEndedSessions } from '../../auth/session-revocation.ts'
import { createForwarded } from '../../checks/client-address.ts'
import { createCors, createPreflight } from '../../checks/cors.ts'
import { createLimiter } from '../../checks/rate-limit.ts'
import { checkMessage } from '../../checks/request-message.ts'
import { readTarget } from '../../checks/request-target.ts'
import { createForwarder } from '../../dispatch/http/proxy.ts'
import { createStreams } from '../../dispatch/sse/open-streams.ts'
import { headerList } from '../../http/header-lines.ts'
import { createAdmission, createEdge, type Edge } from '../../pipeline.ts'
import { takesReserved } from '../../route-table/paths.ts'
import { matcherOf } from '../../route-table/router.ts'
import type { Table } from '../../route-table/types.ts'
import { edgeServer } from '../../server/server.ts'
import { createUpgradeRule } from '../../server/upgrade.ts'
import type { Pools } from '../../upstream/pools.ts'
import { bytesOf, type Caller, connect } from './request.ts'

/** What the edge would have sent. */
export interface Sent {
  service: string
  method: string
  path: string
  /** Name, value, name, value. */
  headers: readonly string[]
}

export interface Outcome {
  /** The request that goes to the service; null where none does. */
  sent: Sent | null
  /** Why the guard refuses the request, before its line is looked for; null where it does not. */
  guard: string | null
  /** What the gateway itself answers, as it stands on the wire; empty where it answers nothing yet. */
  answer: string
  /** Whether it is left to the gateway's own pages. */
  own: boolean
}

/** Told what comes of the request; the first that is told ends the rehearsal. */
export type Heard = (part: Partial<Outcome>) => void

const day = 86_400_000
const secret = () => randomBytes(32).toString('base64url')
const nothing = () => {}

/** Pools that tell what they are given, and send none of it. */
function tellingPools(heard: Heard): Pools {
  const pool = (service: string) => ({
    dispatch({ method, path, headers }: CallOptions) {
      const sent = { service, method, path, headers: headerList(headers) }
      heard({ sent })
      return null
    }
  })
  // Whatever way of asking there is; a pool without one would not be rehearsed.
  const pools: Record<keyof Pools, unknown> = {
    forOwn: pool,
    forRevocations: pool,
    forClients: pool,
    forEvents: pool,
    forWebSockets: pool,
    close: async () => {}
  }
  return pools as Pools
}

/** Why the guard refuses a request; null where it does not. */
function refusalOf(request: IncomingMessage): string | null {
  try {
    checkMessage(request)
    readTarget(request.url ?? '')
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** Whether the gateway itself has a page there: its home, the documentation, its health. */
function isOwnPage(url: string): boolean {
  const [path = ''] = url.split('?', 1)
  return path === '/' || takesReserved(path)
}

/** The edge as it is served, but for its pools and pages, which tell what they are asked for. */
export async function buildEdge(table: Table, outcome: Outcome, heard: Heard) {
  const matcher = matcherOf(table)
  let edge: Edge | undefined
  const rehearsed: Edge = (request, response, own, upgrade) => {
    outcome.guard = refusalOf(request)
    response.once('finish', () => setImmediate(heard, {}))
    const page = isOwnPage(request.url ?? '') ? () => heard({ own: true }) : own
    edge?.(request, response, page, upgrade)
  }
  const fastify = edgeServer(() => rehearsed, createUpgradeRule(matcher))
  const app = createApp({ title: 'Gateway', logLevel: 'silent', openapi: false, fastify })
  const options = { secrets: [secret()], issuer: 'explain', audience: 'explain', ttlMs: day }
  const tokens = createTokens(await registerKeys(app, options), options)
  const ended = createEndedSessions({ feeds: [], ttlMs: day, log: app.log })
  const cors = createCors(table.cors)
  const admission = createAdmission({
    matcher,
    forwarded: createForwarded(''),
    auth: createAuthorize({ tokens, ended, userTypes: table.userTypes }),
    limit: createLimiter(),
    cors,
    lifecycle: app.lifecycle
  })
  const forward = createForwarder({
    table,
    pools: tellingPools(heard),
    signers: new Map(table.services.map(({ name }) => [name, createSigner(secret())])),
    tokens,
    ended,
    streams: createStreams({ ended }),
    done: nothing
  })
  const preflight = createPreflight(cors, matcher)
  const refusals = { note: nothing, start: nothing, stop: nothing }
  edge = createEdge({ admission, preflight, forward, refusals, done: nothing, log: app.log })
  await app.ready()
  return { app, tokens }
}

/**
 * Puts a request through the edge itself, guard to forwarder, on a connection in memory, and tells what comes of it.
 * Nothing is sent. Gives null where the caller's id can be in no token.
 */
export async function rehearse(
  table: Table,
  line: string,
  headers: readonly [string, string][],
  caller: Caller | null
): Promise<Outcome | null> {
  const outcome: Outcome = {
    sent: null,
    guard: 'the parser of HTTP/1.1 cannot read it',
    answer: '',
    own: false
  }
  const { promise, resolve } = Promise.withResolvers<void>()
  const heard: Heard = (part) => {
    Object.assign(outcome, part)
    resolve()
  }
  const { app, tokens } = await buildEdge(table, outcome, heard)
  const session = {
    user_id: caller?.id ?? '',
    user_type: caller?.type ?? '',
    session_id: 'the-callers-session'
  }
  const token = caller && tokens.issue(session)
  if (token !== null && tokens.verify(token) === null) {
    await app.close()
    return null
  }
  const { client, abort } = connect(app.server)
  client.on('data', (chunk) => {
    outcome.answer += chunk
  })
  client.once('end', resolve)
  client.write(bytesOf(line, headers, token))
  await promise
  abort()
  await app.close()
  return outcome
}
