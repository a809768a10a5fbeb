import { createApp, createSigner, health } from '@gatehouse/service-kit'
import { createAuthorize } from './auth/authorize.ts'
import { createEndedSessions } from './auth/ended-sessions.ts'
import { registerKeys, type TokenOptions } from './auth/keys.ts'
import { createTokens } from './auth/tokens.ts'
import { createDocs } from './docs/docs.ts'
import { createEdge, type Edge } from './edge.ts'
import { createAccessLog } from './forward/access-log.ts'
import { createForwarder } from './forward/forwarder.ts'
import { createClientAddress } from './guard/client-address.ts'
import { home } from './own/home.ts'
import { createLimiter } from './policy/rate.ts'
import { edgeServer } from './server.ts'
import { matcherOf } from './table/match.ts'
import type { Service, Table } from './table/route.ts'
import { endedFeeds } from './upstreams/ended-feed.ts'
import { createInternalClient } from './upstreams/internal.ts'
import { createPools } from './upstreams/pools.ts'
import { readinessChecks } from './upstreams/readiness.ts'

export interface GatewayOptions {
  table: Table
  token: TokenOptions
  /** Signs the identity that services believe; at least 32 bytes. */
  internalSecret: string
  /** Addresses and CIDR ranges, separated by commas. */
  trustedProxies: string
  logLevel: string
  /** Whether the demo accounts exist, so that the pages may mention them. */
  demo: boolean
}

/** The gateway for a table, ready to listen: its own pages in Fastify, and before them the edge. */
export async function buildGateway(options: GatewayOptions) {
  const { table, token, logLevel, demo } = options
  const { services } = table
  let edge: Edge | undefined
  const lifecycle = { draining: false }
  const current = () => edge as Edge
  const app = createApp({
    title: 'Gateway',
    logLevel,
    openapi: false,
    fastify: edgeServer(current)
  })

  const tokens = createTokens(await registerKeys(app, token), token)
  const sign = createSigner(options.internalSecret)
  const pools = createPools(services)
  const client = createInternalClient(pools, sign)
  const feeds = endedFeeds(services, client)
  const ended = createEndedSessions({ feeds, ttlMs: token.ttlMs, log: app.log })
  const done = createAccessLog(app.log)
  edge = createEdge({
    matcher: matcherOf(table),
    clientAddress: createClientAddress(options.trustedProxies),
    authorize: createAuthorize({ tokens, ended }),
    limit: createLimiter(),
    forward: createForwarder({ services, pools, sign, tokens, ended, done }),
    done,
    log: app.log,
    lifecycle
  })

  app.register(health, { checks: readinessChecks(services, pools), needs: 'any' })
  const dispatcherFor = ({ name }: Service) => pools.of(name)
  const docs = createDocs({
    table,
    log: app.log,
    pollMs: demo ? 2000 : 30_000,
    demo,
    dispatcherFor
  })
  app.register(docs.plugin)
  app.register(home, { services, demo })
  app.addHook('onReady', async () => ended.start())
  app.addHook('preClose', async () => {
    lifecycle.draining = true
  })
  app.addHook('onClose', async () => {
    ended.stop()
    await pools.close()
  })
  return app
}
