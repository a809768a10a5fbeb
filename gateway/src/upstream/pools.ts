import { HttpPool } from '@gatehouse/http1-client/pool'
import type { Call, CallOptions, Handler } from '@gatehouse/http1-client/request'
import { type Dispatcher, Pool as UndiciPool } from 'undici'
import { headerList } from '../http/header-lines.ts'
import type { Service } from '../route-table/types.ts'
import { maxInFlight } from './limits.ts'
import { createConnector } from './undici.ts'

/** Requests in flight for one client network, so that slow clients of one leave slots to all others. */
const maxInFlightPerNetwork = maxInFlight / 4
/** Requests of the gateway itself; they wait for no client, and no client for them. */
const maxInternal = 8
/** Requests for revoked sessions; they wait for nothing else that the gateway itself asks. */
const maxRevocations = 2
/** Open streams to one upstream: each holds a connection for as long as somebody listens. */
const maxStreams = 10_000
/** What a stream of events reads at once: events are small, and thousands of streams hold so much each, in bytes. */
const eventBytes = 4096
/** Idle connections are given up before the services give them up (72 s), so that a request seldom meets a closed one. */
const keepAliveMs = 30_000

/** A pool as a dispatch uses it. */
export interface Pool {
  /** Whether requests wait only because all connections are in use. */
  readonly isFull?: boolean
  /** Gives the request where it can be called off before it has a connection. */
  dispatch: (options: CallOptions, handler: Handler) => Call | null
  close: () => Promise<void>
}

/** The connections to one service. */
export interface Pools {
  /** For the requests of clients. */
  clients: Pool
  /** For streams of events, which stay open. */
  events: Pool
  /** For WebSockets, to which each of its connections changes. */
  webSockets: Pool
  /** For what the gateway itself asks: readiness and documents. */
  internal: UndiciPool
  /** For the revocation feed. */
  revocations: UndiciPool
}

function poolTo(
  { origin, connectMs, responseHeaderBytes }: Service,
  connections: number
): UndiciPool {
  return new UndiciPool(origin, {
    connections,
    pipelining: 1,
    maxHeaderSize: responseHeaderBytes,
    connect: createConnector(connectMs),
    keepAliveTimeout: keepAliveMs,
    // ExchangeTimeouts keeps the time: from the request, through queue and connection, to the end of the response.
    headersTimeout: 0,
    bodyTimeout: 0
  })
}

/** undici hands over the connection that has ceased to be HTTP; it takes a list of fields. */
function webSocketsTo(service: Service): Pool {
  const pool = poolTo(service, maxStreams)
  return {
    dispatch({ method, path, headers }, handler) {
      const asked = { method, path, headers: headerList(headers), upgrade: 'websocket' }
      pool.dispatch(asked as Dispatcher.DispatchOptions, handler)
      return null
    },
    close: () => pool.close()
  }
}

/** Kept-alive connections to a service. */
export function createPools(service: Service): Pools {
  const { origin, connectMs: connectTimeoutMs, responseHeaderBytes: maxHeaderBytes } = service
  const kept = { connectTimeoutMs, keepAliveMs, maxHeaderBytes }
  return {
    clients: new HttpPool(origin, {
      ...kept,
      connections: maxInFlight,
      perClient: maxInFlightPerNetwork
    }),
    events: new HttpPool(origin, { ...kept, connections: maxStreams, readBytes: eventBytes }),
    webSockets: webSocketsTo(service),
    internal: poolTo(service, maxInternal),
    revocations: poolTo(service, maxRevocations)
  }
}
