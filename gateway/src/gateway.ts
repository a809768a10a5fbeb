import { createApp, createSigner, health } from '@gatehouse/service-kit'
import { createAccessLog } from './access-log.ts'
import { createRefusals } from './audit-log.ts'
import { createTokens, registerKeys, type TokenOptions } from './auth/access-tokens.ts'
import { createAuthorize } from './auth/authorize.ts'
import { createEndedSessions, endedFeeds } from './auth/session-revocation.ts'
import { createForwarded } from './checks/client-address.ts'
import { createCors, createPreflight } from './checks/cors.ts'
import { createLimiter } from './checks/rate-limit.ts'
import { createForwarder } from './dispatch/http/proxy.ts'
import { createStreams } from './dispatch/sse/open-streams.ts'
import { createDocs } from './documentation/documentation.ts'
import { home } from './pages/home.ts'
import { problemPages } from './pages/problems.ts'
import { createAdmission, createEdge, type Edge } from './pipeline.ts'
import { matcherOf } from './route-table/router.ts'
import type { Service, Table } from './route-table/types.ts'
import { Connections, closeIdleAndUnread, limitCrowd } from './server/connection-limits.ts'
import { security } from './server/security-headers.ts'
import { edgeServer } from './server/server.ts'
import { createUpgradeRule } from './server/upgrade.ts'
import { createInternalClient, createReadiness } from './upstream/internal-client.ts'
import { createPools } from './upstream/pools.ts'

export interface GatewayOptions {
  table: Table
  token: TokenOptions
  /** Signs the identity that services believe; at least 32 bytes. */
  internalSecret: string
  /** Signs it in the place of `internalSecret` for the services that are named here. */
  serviceSecrets?: ReadonlyMap<string, string>
  /** Addresses and CIDR ranges, separated by commas. */
  trustedProxies: string
  logLevel: string
  /** Where log lines go; to stdout without it. */
  logTo?: { write: (line: string) => void }
  /** Whether the demo accounts exist, so that the pages may mention them. */
  demo: boolean
  /** Longest silence of a client in the middle of its body, in ms; 10 s where it is not said. */
  bodyStallMs?: number
  /** false: no documentation is served, and no service is asked for its own. */
  documented: boolean
}

/** Sockets that were destroyed emit `close`, which logs their requests, a turn of the event loop after the server has. */
async function closedSockets() {
  for (let turns = 0; turns < 2; turns += 1) await new Promise(setImmediate)
}

/** What signs the identity for each service, by its name. */
function createSigners({ table, internalSecret, serviceSecrets }: GatewayOptions) {
  const secretOf = (name: string) => serviceSecrets?.get(name) ?? internalSecret
  return new Map(table.services.map(({ name }) => [name, createSigner(secretOf(name))]))
}

/** The gateway for a table, ready to listen: its own pages in Fastify, and before them the edge. */
export async function buildGateway(options: GatewayOptions) {
  const { table, token, logLevel, logTo, demo, documented } = options
  const { services } = table
  const matcher = matcherOf(table)
  let edge: Edge | undefined
  const current = () => edge as Edge
  const app = createApp({
    title: 'Gateway',
    logLevel,
    logTo,
    openapi: false,
    fastify: edgeServer(current, createUpgradeRule(matcher))
  })

  const connections = new Connections(app.server)
  closeIdleAndUnread(app.server, connections)
  limitCrowd(app.server, connections, { log: app.log, wanted: table.connections })
  const tokens = createTokens(await registerKeys(app, token), token)
  const signers = createSigners(options)
  const pools = createPools(services)
  const client = createInternalClient(pools, signers)
  const feeds = endedFeeds(services, client)
  const ended = createEndedSessions({ feeds, ttlMs: token.ttlMs, log: app.log })
  const streams = createStreams({ ended })
  const done = createAccessLog(app.log)
  const cors = createCors(table.cors)
  const forwarded = createForwarded(options.trustedProxies)
  const admission = createAdmission({
    matcher,
    forwarded,
    auth: createAuthorize({ tokens, ended, userTypes: table.userTypes }),
    limit: createLimiter(),
    cors,
    lifecycle: app.lifecycle
  })
  const stallMs = options.bodyStallMs
  const forward = createForwarder({ table, pools, signers, tokens, ended, streams, done, stallMs })
  const preflight = createPreflight(cors, matcher)
  const refusals = createRefusals(app.log)
  edge = createEdge({ admission, preflight, forward, refusals, done, log: app.log })

  app.register(security, { cors, forwarded })
  const dispatcherFor = ({ name }: Service) => pools.forOwn(name)
  const pollMs = demo ? 5000 : 30_000
  const { log } = app
  const docs = createDocs({ table, log, pollMs, demo, enabled: documented, dispatcherFor })
  const onUp = docs.noteReady
  const { checks, isBelieved } = createReadiness({ services, pools, signers, onUp, log })
  const isOpen = () => ended.isComplete() && isBelieved()
  app.register(health, { checks, needs: 'any', isOpen, details: docs.details })
  app.register(docs.plugin)
  app.register(problemPages)
  app.register(home, { services, demo, documented })
  app.addHook('onReady', async () => {
    refusals.start()
    await ended.start()
  })
  app.addHook('preClose', async () => streams.closeAll())
  app.addHook('onClose', async () => {
    await streams.allOver().then(closedSockets)
    ended.stop()
    refusals.stop()
    await pools.close()
  })
  return app
}
