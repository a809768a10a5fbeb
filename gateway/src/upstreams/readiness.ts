import type { Check } from '@gatehouse/service-kit'
import type { Service } from '../table/route.ts'
import type { Pools } from './pools.ts'

/** One check for each service that tells its readiness; the others are not asked. */
export function readinessChecks(services: readonly Service[], pools: Pools): Record<string, Check> {
  const asked = services.filter(({ health }) => health !== null)
  return Object.fromEntries(
    asked.map(({ name, health }) => [
      name,
      async () => {
        const { statusCode, body } = await pools
          .of(name)
          .request({ method: 'GET', path: health ?? '', signal: AbortSignal.timeout(700) })
        await body.dump()
        if (statusCode !== 200) throw new Error(`${name} answered ${statusCode}`)
      }
    ])
  )
}
