/** Same shape, same requests: `/users/:id` and `/users/:name` are one. */
export function shapeOf(path: string): string {
  return path.replaceAll(parameter, ':')
}

/** A parameter by its name; the rest of its segment is literal: `:id`, `:name.json`, `v:version`. */
const parameter = /:([A-Za-z_][A-Za-z0-9_]*)/g
const withParameter = /^([^:]*):([A-Za-z_][A-Za-z0-9_]*)([^:]*)$/

/** What stands around the parameter of a segment; null where the segment has none. */
export function partsOf(segment: string): { before: string; after: string } | null {
  const [, before, , after] = withParameter.exec(segment) ?? []
  return before === undefined || after === undefined ? null : { before, after }
}

/**
 * What the parameter of a segment is in a segment of a request, or null where they do not fit. Of a part of a segment
 * a dot segment is no value: alone in another place it would lead to another path.
 */
export function valueIn(
  { before, after }: { before: string; after: string },
  segment: string
): string | null {
  if (segment.length <= before.length + after.length) return null
  if (!(segment.startsWith(before) && segment.endsWith(after))) return null
  const value = segment.slice(before.length, segment.length - after.length)
  return value === '.' || value === '..' ? null : value
}

/** Names of the parameters of a path, in order. */
export function parametersOf(path: string): string[] {
  return [...path.matchAll(parameter)].map(([, name = '']) => name)
}

/** Whether a path is a prefix itself or below it, segment by segment. */
export function isUnder(path: string, prefix: string): boolean {
  return `${path}/`.startsWith(`${prefix}/`)
}

/** What other tables write for `:id`. */
const otherParameter = /^[{<]([A-Za-z_][A-Za-z0-9_]*)[^/]*[}>]$/

/** What is wrong with a segment that is written as another router's parameter would be, or null. */
function parameterFault(segment: string): string | null {
  const [, name] = otherParameter.exec(segment) ?? []
  if (name) return `has ${segment}: write :${name}`
  const [, simple] = /^(:[A-Za-z_][A-Za-z0-9_]*)\(.*$/.exec(segment) ?? []
  return simple ? `has ${segment}: a parameter has no pattern; write ${simple}` : null
}

const oneParameter = (segment: string) =>
  `has ${segment}: there is one parameter a segment, such as :id or :name.json`

/** What is wrong with the slash at the end of a path, or null. */
export function slashFault(path: string): string | null {
  if (path === '/' || !path.endsWith('/')) return null
  return `ends with a slash: write ${path.replace(/\/+$/, '') || '/'}`
}

/** What is wrong with the path of a line, or null. */
export function pathFault(path: string): string | null {
  const slash = slashFault(path)
  if (slash) return slash
  const segments = path.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '' && !(last && index === 0)) return 'has an empty segment'
    if (segment === '.' || segment === '..') return 'has a dot segment, which no request may have'
    if (segment === '**' && last) continue
    const foreign = parameterFault(segment)
    if (foreign) return foreign
    if (segment.includes('*')) return 'may have a wildcard only as its end: /**'
    const parts = partsOf(segment)
    if (segment.includes(':') && !parts) return oneParameter(segment)
    const literal = parts ? parts.before + parts.after : segment
    if (!/^[A-Za-z0-9\-._~!$&'()+,=@]*$/.test(literal)) {
      return `has ${segment}, with characters that a path may not have unencoded`
    }
  }
  const names = parametersOf(path)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice ? `has the parameter :${twice} twice` : null
}

/** What is wrong with a path to forward to, or null: it has no wildcard, and one parameter a segment at most. */
export function targetFault(path: string): string | null {
  for (const segment of path.slice(1).split('/')) {
    if (segment === '.' || segment === '..') return 'has a dot segment'
    if (segment === '**') return 'may have no wildcard'
    const foreign = parameterFault(segment)
    if (foreign) return foreign
    const parts = partsOf(segment)
    if (segment.includes(':') && !parts) return oneParameter(segment)
    const literal = parts ? parts.before + parts.after : segment
    if (!/^[A-Za-z0-9\-._~!$&'()*+,=@%]*$/.test(literal)) {
      return `has ${segment}, with characters that a path may not have unencoded`
    }
  }
  return null
}

/** Public paths that the gateway itself answers; no line of the table may take them. */
const reserved: readonly string[] = [
  '/docs',
  '/docs/**',
  '/openapi.json',
  '/openapi.yaml',
  '/problems',
  '/problems/**',
  '/health/**'
]

/**
 * Whether a path is one of the gateway's health checks. No route takes these, not even `ANY /**`: a container is
 * restarted by them, and not because an upstream is down.
 */
export function isHealthPath(path: string): boolean {
  return path.startsWith('/health/')
}

/** Whether a route would take the gateway's health checks if they were not the gateway's own. */
export function coversHealth(path: string): boolean {
  return /^\/[:*]/.test(path) && overlap(path, '/health/live')
}

/** Whether some segment of a request fits both. */
function overlapAt(left: string, right: string): boolean {
  const [one, other] = [partsOf(left), partsOf(right)]
  if (one && other) return true
  if (one) return valueIn(one, right) !== null
  return other ? valueIn(other, left) !== null : left === right
}

/** Whether some request would fall under both paths. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [one.split('/'), other.split('/')]
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index], b[index]]
    if (left === '**' || right === '**') return true
    if (left === undefined || right === undefined) return false
    if (!overlapAt(left, right)) return false
  }
  return true
}

/**
 * Whether a path takes requests from the gateway's own pages. One that begins with a parameter or a wildcard means
 * everything, and may.
 */
export function takesReserved(path: string): boolean {
  return /^\/[^:*]/.test(path) && reserved.some((own) => overlap(path, own))
}
