import { Pool } from 'undici'
import type { Service } from '../table/route.ts'
import { createConnector } from './connector.ts'
import { HttpPool } from './http1/pool.ts'

/** Most requests in flight to one upstream; pipelining is off. */
const mostRequests = 128
/** Most open streams to one upstream: each holds a connection for as long as somebody listens. */
const mostStreams = 10_000
/** Idle connections are given up before the services give them up (72 s), so that a request seldom meets a closed one. */
const keepAliveMs = 30_000

export type Forwarding = Pick<HttpPool, 'dispatch' | 'close'>
export type Pools = ReturnType<typeof createPools>

function poolTo({ origin, connectMs }: Service, connections: number): Pool {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    connect: createConnector(connectMs),
    keepAliveTimeout: keepAliveMs,
    // The relay keeps time itself: from the request, through queue and connection, to the end of the answer.
    headersTimeout: 0,
    bodyTimeout: 0
  })
}

function forwardedTo(service: Service): Forwarding {
  const { origin, connectMs: connectTimeoutMs } = service
  if (origin.startsWith('https:')) return poolTo(service, mostRequests) as unknown as Forwarding
  return new HttpPool(origin, { connections: mostRequests, connectTimeoutMs, keepAliveMs })
}

/** Kept-alive connections to each service of the table, those of streams apart, so that listeners keep nobody out. */
export function createPools(services: readonly Service[]) {
  const pools = new Map(
    services.map((service) => [
      service.name,
      {
        forwarded: forwardedTo(service),
        requests: poolTo(service, 8),
        streams: poolTo(service, mostStreams)
      }
    ])
  )

  function poolsOf(name: string) {
    const found = pools.get(name)
    if (!found) throw new Error(`there is no service ${name}`)
    return found
  }

  return {
    /** The pool of a service of the table. */
    of: (name: string): Pool => poolsOf(name).requests,
    /** The pool for the requests of clients. */
    forRequests: (name: string) => poolsOf(name).forwarded,
    /** The pool for what stays open. */
    forStreams: (name: string): Pool => poolsOf(name).streams,
    /** Ends all connections when what runs on them is done. */
    async close() {
      const all = [...pools.values()].flatMap(({ forwarded, requests, streams }) => [
        forwarded,
        requests,
        streams
      ])
      await Promise.all(all.map((pool) => pool.close()))
    }
  }
}
