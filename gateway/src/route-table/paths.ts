/** The path without parameter names: paths of one shape match the same requests. */
export function shapeOf(path: string): string {
  return path.replaceAll(parameter, ':')
}

/** A parameter by its name; the rest of its segment is literal: `:id`, `:name.json`, `v:version`. */
const parameter = /:([A-Za-z_][A-Za-z0-9_]*)/g
const withParameter = /^([^:]*):([A-Za-z_][A-Za-z0-9_]*)([^:]*)$/

/** The literal text around the parameter of a segment; null where the segment has no parameter. */
export function partsOf(segment: string): { before: string; after: string } | null {
  const [, before, , after] = withParameter.exec(segment) ?? []
  return before === undefined || after === undefined ? null : { before, after }
}

/**
 * The parameter's value in a segment of a request, or null where the segment does not match. A dot segment is not a
 * value: as a segment of the forwarded path it would lead to another path.
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

/** A parameter in the syntax of other routers. */
const otherParameter = /^[{<]([A-Za-z_][A-Za-z0-9_]*)[^/]*[}>]$/

/** The error of a segment in the parameter syntax of another router, or null. */
function parameterError(segment: string): string | null {
  const [, name] = otherParameter.exec(segment) ?? []
  if (name) return `has ${segment}: write :${name}`
  const [, simple] = /^(:[A-Za-z_][A-Za-z0-9_]*)\(.*$/.exec(segment) ?? []
  return simple ? `has ${segment}: a parameter cannot have a pattern; write ${simple}` : null
}

const oneParameter = (segment: string) =>
  `has ${segment}: write one parameter a segment, such as :id or :name.json`

/** The error of a slash at the end of a path, or null. */
export function slashError(path: string): string | null {
  if (path === '/' || !path.endsWith('/')) return null
  return `ends with a slash: write ${path.replace(/\/+$/, '') || '/'}`
}

/** The error of a route's path, or null. */
export function pathError(path: string): string | null {
  const slash = slashError(path)
  if (slash) return slash
  const segments = path.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '' && !(last && index === 0))
      return 'has an empty segment: remove the second slash'
    if (segment === '.' || segment === '..') return 'has a dot segment: write the resolved path'
    if (segment === '**' && last) continue
    const foreign = parameterError(segment)
    if (foreign) return foreign
    if (segment.includes('*')) return 'has a wildcard before its end: write it as /** at the end'
    const parts = partsOf(segment)
    if (segment.includes(':') && !parts) return oneParameter(segment)
    const literal = parts ? parts.before + parts.after : segment
    if (!/^[A-Za-z0-9\-._~!$&'()+,=@]*$/.test(literal)) {
      return `has ${segment}, with characters that a path must percent-encode`
    }
  }
  const names = parametersOf(path)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice ? `has the parameter :${twice} twice: rename one` : null
}

/** The error of a path to forward to, or null: it has no wildcard, and at most one parameter a segment. */
export function targetError(path: string): string | null {
  for (const segment of path.slice(1).split('/')) {
    if (segment === '.' || segment === '..') return 'has a dot segment: write the resolved path'
    if (segment === '**') return 'cannot have a wildcard: name a parameter'
    const foreign = parameterError(segment)
    if (foreign) return foreign
    const parts = partsOf(segment)
    if (segment.includes(':') && !parts) return oneParameter(segment)
    const literal = parts ? parts.before + parts.after : segment
    if (!/^[A-Za-z0-9\-._~!$&'()*+,=@%]*$/.test(literal)) {
      return `has ${segment}, with characters that a path must percent-encode`
    }
  }
  return null
}

/** Public paths that the gateway itself answers; no route may take them. */
const reserved: readonly string[] = [
  '/docs',
  '/docs/**',
  '/openapi.json',
  '/openapi.yaml',
  '/problems',
  '/problems/**',
  '/health/**'
]

/** Whether a route's path also matches the gateway's health checks. */
export function coversHealth(path: string): boolean {
  return /^\/[:*]/.test(path) && overlap(path, '/health/live')
}

/** Whether some segment matches both. */
function overlapAt(left: string, right: string): boolean {
  const [one, other] = [partsOf(left), partsOf(right)]
  if (one && other) return true
  if (one) return valueIn(one, right) !== null
  return other ? valueIn(other, left) !== null : left === right
}

/** Whether some path matches both. */
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
 * Whether a path takes requests from the gateway's pages. One that begins with a parameter or a wildcard matches every
 * path, and may.
 */
export function takesReserved(path: string): boolean {
  return /^\/[^:*]/.test(path) && reserved.some((page) => overlap(path, page))
}
