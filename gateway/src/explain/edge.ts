import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { createApp, createSigner } from '@gatehouse/service-kit'
import { createAdmission } from '../admission.ts'
import { createAuthorize } from '../auth/authorize.ts'
import { createEndedSessions } from '../auth/ended-sessions.ts'
import { registerKeys } from '../auth/keys.ts'
import { createTokens } from '../auth/tokens.ts'
import { createEdge, type Edge } from '../edge.ts'
import { fieldsOf } from '../field-lines.ts'
import { createForwarder } from '../forward/forwarder.ts'
import { createForwarded } from '../guard/forwarded.ts'
import { checkMessage } from '../guard/message.ts'
import { readTarget } from '../guard/target.ts'
import { createCors, createPreflight } from '../policy/cors.ts'
import { createLimiter } from '../policy/rate.ts'
import { edgeServer } from '../server.ts'
import { createStreams } from '../stream/streams.ts'
import { createUpgradeRule } from '../stream/upgrade.ts'
import { matcherOf } from '../table/match.ts'
import { takesReserved } from '../table/paths.ts'
import type { Table } from '../table/route.ts'
import type { CallOptions } from '../upstreams/http1/call.ts'
import type { Pools } from '../upstreams/pools.ts'
import type { Outcome } from './outcome.ts'

/** Told what comes of the request; the first that is told ends the rehearsal. */
export type Heard = (part: Partial<Outcome>) => void

const day = 86_400_000
const secret = () => randomBytes(32).toString('base64url')
const nothing = () => {}

/** Pools that tell what they are given, and send none of it. */
function tellingPools(heard: Heard): Pools {
  const pool = (service: string) => ({
    dispatch({ method, path, headers }: CallOptions) {
      const sent = { service, method, path, headers: fieldsOf(headers) }
      heard({ sent })
      return null
    }
  })
  // Whatever way of asking there is; a pool without one would not be rehearsed.
  const pools: Record<keyof Pools, unknown> = {
    forOwn: pool,
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
    auth: createAuthorize({ tokens, ended }),
    limit: createLimiter(),
    cors,
    lifecycle: app.lifecycle
  })
  const forward = createForwarder({
    table,
    pools: tellingPools(heard),
    sign: createSigner(secret()),
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
