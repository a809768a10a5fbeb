import { Pool } from 'undici'
import type { Service } from '../table/route.ts'

/** Most requests in flight to one upstream (PROMISES G13); pipelining is off. */
const connections = 128
/** Time to open a connection, in ms (PROMISES G1). */
const connectTimeoutMs = 1000
/** Idle connections are given up before the services give them up (72 s), so that a request seldom meets a closed one. */
const keepAliveMs = 30_000

export type Pools = ReturnType<typeof createPools>

/** One pool of kept-alive connections for each service of the table. */
export function createPools(services: readonly Service[]) {
  const pools = new Map(
    services.map(({ name, origin }) => [
      name,
      new Pool(origin, {
        connections,
        pipelining: 1,
        connect: { timeout: connectTimeoutMs },
        keepAliveTimeout: keepAliveMs,
        // The relay keeps time itself: from the request, through queue and connection, to the answer.
        headersTimeout: 0,
        bodyTimeout: 60_000
      })
    ])
  )
  return {
    /** The pool of a service of the table. */
    of(name: string): Pool {
      const pool = pools.get(name)
      if (!pool) throw new Error(`there is no service ${name}`)
      return pool
    },
    /** Ends all connections when what runs on them is done. */
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()))
    }
  }
}
