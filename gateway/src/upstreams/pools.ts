import type { Dispatcher, Pool as UndiciPool } from 'undici'
import { fieldsOf } from '../field-lines.ts'
import type { Service } from '../table/route.ts'
import { readableOf } from './body.ts'
import { createConnector } from './connector.ts'
import type { CallOptions } from './http1/call.ts'
import { HttpPool } from './http1/pool.ts'
import { Pool } from './undici.ts'

/** Most requests of clients in flight to one upstream; pipelining is off. */
const mostRequests = 128
/** Most requests of the gateway itself; they wait for no client, and no client for them. */
const mostOwn = 8
/** Most open streams to one upstream: each holds a connection for as long as somebody listens. */
const mostStreams = 10_000
/** Idle connections are given up before the services give them up (72 s), so that a request seldom meets a closed one. */
const keepAliveMs = 30_000

/** A pool as the forwarder uses it. */
export interface Forwarding {
  dispatch: (options: CallOptions, handler: Dispatcher.DispatchHandler) => void
  close: () => Promise<void>
}
export type Pools = ReturnType<typeof createPools>

function poolTo({ origin, connectMs }: Service, connections: number): UndiciPool {
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

/** undici takes a list of fields, and a stream. */
function forwardingBy(pool: UndiciPool): Forwarding {
  return {
    dispatch({ headers, body, ...options }, handler) {
      const asked = { ...options, headers: fieldsOf(headers), body: body && readableOf(body) }
      pool.dispatch(asked as Dispatcher.DispatchOptions, handler)
    },
    close: () => pool.close()
  }
}

function clientsTo(service: Service): Forwarding {
  const { origin, connectMs: connectTimeoutMs } = service
  if (origin.startsWith('https:')) return forwardingBy(poolTo(service, mostRequests))
  return new HttpPool(origin, { connections: mostRequests, connectTimeoutMs, keepAliveMs })
}

/** Kept-alive connections to each service of the table, those of streams apart, so that listeners keep nobody out. */
export function createPools(services: readonly Service[]) {
  const pools = new Map(
    services.map((service) => [
      service.name,
      {
        clients: clientsTo(service),
        own: poolTo(service, mostOwn),
        streams: forwardingBy(poolTo(service, mostStreams))
      }
    ])
  )

  function poolsOf(name: string) {
    const found = pools.get(name)
    if (!found) throw new Error(`there is no service ${name}`)
    return found
  }

  return {
    /** The pool for what the gateway itself asks: readiness, documents, ended sessions. */
    forOwn: (name: string): UndiciPool => poolsOf(name).own,
    /** The pool for the requests of clients. */
    forClients: (name: string) => poolsOf(name).clients,
    /** The pool for what stays open. */
    forStreams: (name: string) => poolsOf(name).streams,
    /** Ends all connections when what runs on them is done. */
    async close() {
      const all = [...pools.values()].flatMap(({ clients, own, streams }) => [
        clients,
        own,
        streams
      ])
      await Promise.all(all.map((pool) => pool.close()))
    }
  }
}
