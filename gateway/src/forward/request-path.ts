import type { Claims } from '../auth/tokens.ts'
import type { Entry } from '../table/match.ts'
import type { Match } from '../table/matcher.ts'

/**
 * The path at the upstream: `path:` of the line with its parts filled in, otherwise the path as it was
 * matched, byte for byte, less the prefix that the service strips.
 */
export function upstreamPath(match: Match<Entry>, path: string, claims: Claims | null): string {
  const { route, stripped, put, names } = match.route
  if (route.target === null) return put + path.slice(stripped.length) || '/'
  return route.target.replaceAll(/\/:([^/]+)|\$user\.(id|session)/g, (_, name, of) => {
    // A value of the path is still in the encoding that the guard has let through.
    if (name) return `/${match.values[names.indexOf(name)] ?? ''}`
    return encodeURIComponent((of === 'id' ? claims?.sub : claims?.sid) ?? '')
  })
}
