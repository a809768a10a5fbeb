import { createApp, createSigner, health } from '@gatehouse/service-kit'
import { createAccessLog } from './access-log.ts'
import { createRefusals } from './audit-log.ts'
import { createTokens, registerKeys, type TokenOptions } from './auth/access-tokens.ts'
import { createAuthenticate } from './auth/authorize.ts'
import { createRevokedSessions, revocationFeeds } from './auth/session-revocation.ts'
import { createForwarded } from './checks/client-address.ts'
import { createCors, createPreflight } from './checks/cors.ts'
import { createLimiter } from './checks/rate-limit.ts'
import { createDispatch } from './dispatch/dispatch.ts'
import { createStreams } from './dispatch/sse/open-streams.ts'
import { createUpgradeRule } from './dispatch/websocket/handshake.ts'
import { createDocs } from './documentation/documentation.ts'
import { home } from './pages/home.ts'
import { problemPages } from './pages/problems.ts'
import { security } from './pages/security-headers.ts'
import { createPipeline } from './pipeline.ts'
import { matcherOf } from './route-table/router.ts'
import type { Service, Table } from './route-table/types.ts'
import { Connections, closeIdleAndUnread, limitCrowd } from './server/connection-limits.ts'
import { gatewayServer, type RequestHandler } from './server/server.ts'
import { createInternalClient, createReadiness } from './upstream/internal-client.ts'
import type { Pools } from './upstream/pools.ts'
import { createUpstreams } from './upstream/upstream.ts'

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

/** Parts that a caller replaces: `explain` sends nothing and shows no page. */
export interface Overrides {
  /** Makes the connections to a service. */
  poolsFor?: (service: Service) => Pools
  /** Wraps the handler of all requests. */
  wrap?: (handle: RequestHandler) => RequestHandler
}

const notBuilt: RequestHandler = () => {
  throw new Error('the gateway listens before it is built')
}

/** The gateway for a table, ready to listen: the pipeline, and behind it Fastify with the gateway's own pages. */
export async function buildGateway(options: GatewayOptions, overrides: Overrides = {}) {
  const { table, token, demo, documented } = options
  const { services } = table
  const router = matcherOf(table)
  const handler = { handle: notBuilt }
  const app = createApp({
    title: 'Gateway',
    logLevel: options.logLevel,
    logTo: options.logTo,
    openapi: false,
    fastify: gatewayServer(handler, createUpgradeRule(router))
  })
  const { log, lifecycle } = app

  const connections = new Connections(app.server)
  closeIdleAndUnread(app.server, connections)
  limitCrowd(app.server, connections, { log, wanted: table.connections })
  const { internalSecret, serviceSecrets } = options
  const signerFor = (name: string) => createSigner(serviceSecrets?.get(name) ?? internalSecret)
  const { poolsFor, wrap = (handle: RequestHandler) => handle } = overrides
  const upstreams = createUpstreams({ services, signerFor, poolsFor })

  const tokens = createTokens(await registerKeys(app, token), token)
  const feeds = revocationFeeds(services, createInternalClient(upstreams))
  const revoked = createRevokedSessions({ feeds, ttlMs: token.ttlMs, log })
  const streams = createStreams({ revoked })
  const done = createAccessLog(log)
  const refusals = createRefusals(log)
  const cors = createCors(table.cors)
  const clientAddress = createForwarded(options.trustedProxies)
  const stallMs = options.bodyStallMs
  handler.handle = wrap(
    createPipeline({
      router,
      clientAddress,
      authenticate: createAuthenticate({ tokens, revoked, userTypes: table.userTypes }),
      limit: createLimiter(),
      cors,
      preflight: createPreflight(cors, router),
      dispatch: createDispatch({ table, upstreams, tokens, revoked, streams, done, stallMs }),
      refusals,
      lifecycle,
      done,
      log
    })
  )

  app.register(security, { cors, forwarded: clientAddress })
  const dispatcherFor = (service: Service) => upstreams.of(service).pools.internal
  const pollMs = demo ? 5000 : 30_000
  const docs = createDocs({ table, log, pollMs, demo, enabled: documented, dispatcherFor })
  const onUp = docs.noteReady
  const { checks, isBelieved } = createReadiness({ upstreams, onUp, log })
  const isOpen = () => revoked.isComplete() && isBelieved()
  app.register(health, { checks, needs: 'any', isOpen, details: docs.details })
  app.register(docs.plugin)
  app.register(problemPages)
  app.register(home, { services, demo, documented })
  app.addHook('onReady', async () => {
    refusals.start()
    await revoked.start()
  })
  app.addHook('preClose', async () => streams.closeAll())
  app.addHook('onClose', async () => {
    await streams.allOver().then(closedSockets)
    revoked.stop()
    refusals.stop()
    await upstreams.close()
  })
  return app
}
