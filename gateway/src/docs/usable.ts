import type { Trail } from './finding.ts'
import { isObject } from './json.ts'

const maxDepth = 200

/** Whether a value nests deeper than is safe to walk, which is as deep as this looks. */
function tooDeep(value: unknown, left = maxDepth): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (left === 0) return true
  return Object.values(value).some((part) => tooDeep(part, left - 1))
}

/** Why a value is no OpenAPI document that can be combined, and where; null where it is one. */
export function refusalOf(document: unknown): { trail: Trail; fault: string } | null {
  const at = (key: string, fault: string) => ({ trail: { up: null, key }, fault })
  const whole = (fault: string) => ({ trail: null, fault })
  if (!isObject(document)) return whole('is not a JSON object')
  const { openapi, swagger, paths, components } = document
  if (swagger !== undefined) return at('swagger', 'says Swagger 2.0, not OpenAPI 3')
  if (typeof openapi !== 'string') return whole('has no field openapi')
  if (!/^3\.[01]\.\d+/.test(openapi)) return at('openapi', 'is neither OpenAPI 3.0 nor 3.1')
  if (!isObject(paths ?? {})) return at('paths', 'is no object')
  if (paths === undefined && openapi.startsWith('3.0')) return whole('has no paths')
  if (!isObject(components ?? {})) return at('components', 'is no object')
  if (tooDeep(document)) return whole(`nests deeper than ${maxDepth} levels`)
  return null
}
