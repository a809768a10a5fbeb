import type { Check } from '@gatehouse/service-kit'
import type { Service } from '../table/route.ts'
import type { Pools } from './pools.ts'

/** `check`, with `onUp` called where it succeeds after it has failed, or for the first time. */
function watched(check: Check, onUp: () => void): Check {
  let up = false
  return async () => {
    try {
      await check()
    } catch (error) {
      up = false
      throw error
    }
    if (!up) onUp()
    up = true
  }
}

/**
 * One check for each service that tells its readiness; the others are not asked. `onUp` hears of a service that has
 * become ready.
 */
export function readinessChecks(
  services: readonly Service[],
  pools: Pools,
  onUp: (service: string) => void
): Record<string, Check> {
  const asked = services.filter(({ health }) => health !== null)
  return Object.fromEntries(
    asked.map(({ name, health }) => [
      name,
      watched(
        async () => {
          const { statusCode, body } = await pools
            .forOwn(name)
            .request({ method: 'GET', path: health ?? '', signal: AbortSignal.timeout(700) })
          await body.dump()
          if (statusCode !== 200) throw new Error(`${name} answered ${statusCode}`)
        },
        () => onUp(name)
      )
    ])
  )
}
