import { isObject } from './json.ts'

const maxDepth = 200

/** Whether a value nests deeper than is safe to walk; looked at without recursion. */
function tooDeep(document: unknown): boolean {
  let level: unknown[] = [document]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : []
    )
  }
  return false
}

/** Why a value is no OpenAPI document that can be combined; null where it is one. */
export function refusalOf(document: unknown): string | null {
  if (!isObject(document)) return 'is not a JSON object'
  const { openapi, swagger, paths, components, tags } = document
  if (swagger !== undefined) return 'is Swagger 2.0, not OpenAPI 3'
  if (typeof openapi !== 'string') return 'has no field openapi'
  if (!/^3\.[01]\.\d+/.test(openapi)) return 'is neither OpenAPI 3.0 nor 3.1'
  if (paths !== undefined && !isObject(paths)) return 'has paths that are no object'
  if (paths === undefined && openapi.startsWith('3.0')) return 'has no paths'
  if (components !== undefined && !isObject(components)) return 'has components that are no object'
  if (tags !== undefined && !Array.isArray(tags)) return 'has tags that are no list'
  if (tooDeep(document)) return `nests deeper than ${maxDepth} levels`
  return null
}
