import type { Signer } from '@gatehouse/service-kit'
import type { Service } from '../route-table/types.ts'
import { createIdentityHeaders, type IdentityHeaders } from './identity-headers.ts'
import {
  type ConcurrencyLimit,
  createConcurrencyLimit,
  createRetryBudget,
  type RetryBudget
} from './limits.ts'
import { createPools, type Pools } from './pools.ts'

/** A service of the table as the gateway asks it: one for each, found once when the routes are built. */
export interface Upstream {
  service: Service
  /** Kept-alive connections; those of streams apart, so that streams keep no request waiting. */
  pools: Pools
  /** Signs what the gateway sends to it. */
  sign: Signer
  /** The headers that say who asks. */
  identity: IdentityHeaders
  limit: ConcurrencyLimit
  retries: RetryBudget
}

interface Options {
  services: readonly Service[]
  /** The signer for a service, by its name. */
  signerFor: (service: string) => Signer
  /** Makes the pools of a service; a caller may replace them. */
  poolsFor?: ((service: Service) => Pools) | undefined
}

export type Upstreams = ReturnType<typeof createUpstreams>

/** The upstreams of a table. */
export function createUpstreams({ services, signerFor, poolsFor = createPools }: Options) {
  const all = services.map((service): Upstream => {
    const sign = signerFor(service.name)
    return {
      service,
      pools: poolsFor(service),
      sign,
      identity: createIdentityHeaders(sign),
      limit: createConcurrencyLimit(),
      retries: createRetryBudget()
    }
  })
  const byName = new Map(all.map((upstream) => [upstream.service.name, upstream]))

  return {
    all,
    /** The upstream of a service; throws where the table has none of that name. */
    of({ name }: Pick<Service, 'name'>): Upstream {
      const found = byName.get(name)
      if (!found) throw new Error(`there is no service ${name}`)
      return found
    },
    /** Closes all connections when what runs on them is done. */
    async close() {
      await Promise.all(
        all.flatMap(({ pools }) => Object.values(pools).map((pool) => pool.close()))
      )
    }
  }
}
