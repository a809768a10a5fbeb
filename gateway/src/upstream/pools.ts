import { HttpPool } from '@gatehouse/http1-client/pool'
import type { Call, CallOptions, Handler } from '@gatehouse/http1-client/request'
import type { Dispatcher, Pool as UndiciPool } from 'undici'
import { headerList } from '../http/header-lines.ts'
import type { Service } from '../route-table/types.ts'
import { createConnector, Pool } from './undici.ts'

/** Most requests of clients in flight to one upstream; pipelining is off. */
const mostRequests = 128
/** Most of them for one client network, so that slow clients of one leave slots to all others. */
const maxPerNetwork = mostRequests / 4
/** Most requests of the gateway itself; they wait for no client, and no client for them. */
const mostOwn = 8
/** Most requests for revoked sessions; they wait for nothing else that the gateway itself asks. */
const maxRevocations = 2
/** Most open streams to one upstream: each holds a connection for as long as somebody listens. */
const mostStreams = 10_000
/** What a stream of events reads at once: events are small, and thousands of streams hold so much each, in bytes. */
const eventBytes = 4096
/** Idle connections are given up before the services give them up (72 s), so that a request seldom meets a closed one. */
const keepAliveMs = 30_000

/** A pool as the forwarder uses it. */
interface Forwarding {
  /** Whether requests wait only because all connections are in use. */
  readonly isFull?: boolean
  /** Gives the call where it can be called off before it has a connection. */
  dispatch: (options: CallOptions, handler: Handler) => Call | null
  close: () => Promise<void>
}
export type Pools = ReturnType<typeof createPools>

function poolTo(
  { origin, connectMs, responseHeaderBytes }: Service,
  connections: number
): UndiciPool {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    maxHeaderSize: responseHeaderBytes,
    connect: createConnector(connectMs),
    keepAliveTimeout: keepAliveMs,
    // The relay keeps time itself: from the request, through queue and connection, to the end of the answer.
    headersTimeout: 0,
    bodyTimeout: 0
  })
}

/** undici hands over the connection that has ceased to be HTTP; it takes a list of fields. */
function webSocketsTo(service: Service): Forwarding {
  const pool = poolTo(service, mostStreams)
  return {
    dispatch({ method, path, headers }, handler) {
      const asked = { method, path, headers: headerList(headers), upgrade: 'websocket' }
      pool.dispatch(asked as Dispatcher.DispatchOptions, handler)
      return null
    },
    close: () => pool.close()
  }
}

function poolsTo(service: Service) {
  const { origin, connectMs: connectTimeoutMs, responseHeaderBytes: maxHeaderBytes } = service
  const kept = { connectTimeoutMs, keepAliveMs, maxHeaderBytes }
  return {
    clients: new HttpPool(origin, { ...kept, connections: mostRequests, perClient: maxPerNetwork }),
    events: new HttpPool(origin, { ...kept, connections: mostStreams, readBytes: eventBytes }),
    webSockets: webSocketsTo(service),
    own: poolTo(service, mostOwn),
    revocations: poolTo(service, maxRevocations)
  }
}

/** Kept-alive connections to each service of the table, those of streams apart, so that listeners keep nobody out. */
export function createPools(services: readonly Service[]) {
  const pools = new Map(services.map((service) => [service.name, poolsTo(service)]))

  function poolsOf(name: string) {
    const found = pools.get(name)
    if (!found) throw new Error(`there is no service ${name}`)
    return found
  }

  return {
    /** The pool for what the gateway itself asks: readiness and documents. */
    forOwn: (name: string): UndiciPool => poolsOf(name).own,
    /** The pool for revocation feeds. */
    forRevocations: (name: string): UndiciPool => poolsOf(name).revocations,
    /** The pool for the requests of clients. */
    forClients: (name: string): Forwarding => poolsOf(name).clients,
    /** The pool for streams of events, which stay open. */
    forEvents: (name: string): Forwarding => poolsOf(name).events,
    /** The pool for WebSockets, to which each of its connections changes. */
    forWebSockets: (name: string): Forwarding => poolsOf(name).webSockets,
    /** Ends all connections when what runs on them is done. */
    async close() {
      const all = [...pools.values()].flatMap((its) => Object.values(its))
      await Promise.all(all.map((pool) => pool.close()))
    }
  }
}
