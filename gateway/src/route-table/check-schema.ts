import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Check, Errors } from 'typebox/value'
import { suggestion } from './errors.ts'
import { methods, TableFile } from './schema.ts'
import type { Path, Report } from './yaml.ts'

/** The steps of a JSON pointer (RFC 6901). */
function pathOf(pointer: string): string[] {
  const steps = pointer.split('/').slice(1)
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The schema at a path, or the nearest one above it. */
function schemaAt(path: Path): TSchema & { description?: string } {
  let schema: TSchema & Partial<Record<string, Record<string, TSchema>>> = TableFile as TSchema
  for (const step of path) {
    const named = schema.properties?.[step]
    const mapped = Object.values(schema.patternProperties ?? {})[0]
    const next = named ?? mapped ?? (schema.items as TSchema | undefined)
    if (!next) return schema
    schema = next as typeof schema
  }
  return schema
}

/** Of a failed union, every member reports errors; the description is at its top. */
function topOf(path: string[]): string[] {
  for (let length = 1; length <= path.length; length += 1) {
    const schema = schemaAt(path.slice(0, length)) as TSchema & { anyOf?: unknown }
    if (schema.anyOf) return path.slice(0, length)
  }
  return path
}

/** The keys of the schema at a path, for suggestions. */
function knownKeys(path: Path): string[] {
  const schema = schemaAt(path) as TSchema & { properties?: Record<string, unknown> }
  return Object.keys(schema.properties ?? {})
}

/** The error of a key of `routes` that is not a method and a path, with what to write instead. */
function routeKeyError(key: string): string {
  const [, method = '', rest = ''] = /^(?:([^\s/]*)\s+)?(\S*)$/.exec(key) ?? []
  const path = rest.startsWith('/') ? rest : `/${rest}`
  if (method === '') return `the method is missing: write GET ${path}, for instance`
  if (/[,|]/.test(method)) return `has more than one method: write a route for each, or ANY ${path}`
  const known: readonly string[] = methods
  if (!known.includes(method)) {
    const isLowerCase = known.includes(method.toUpperCase())
    if (isLowerCase) return `methods are upper case: write ${method.toUpperCase()} ${path}`
    return `unknown method ${method}${suggestion(method, known)}`
  }
  const url = URL.parse(rest)
  if (url?.host) return `has a URL instead of a path: write ${method} ${url.pathname}`
  if (!rest.startsWith('/')) return `a path begins with a slash: write ${method} ${path}`
  const [bare = ''] = rest.split(/[?#]/, 1)
  if (/\/:\w+\?$/.test(rest)) {
    const without = bare.replace(/\/:\w+$/, '') || '/'
    return `a parameter cannot be optional: write ${method} ${without} and ${method} ${bare} as two routes`
  }
  return `a route cannot have a query: write ${method} ${bare}`
}

/** The error of a known key whose colon, or the space after it, is missing. */
function colonError(key: string, known: readonly string[]): string | null {
  const [, name = '', colon, value] = /^(\w+)( +|:)(\S.*)$/.exec(key) ?? []
  if (!known.includes(name)) return null
  return colon === ':'
    ? `a space is missing after the colon: write ${name}: ${value}`
    : `a colon is missing: write ${name}: ${value}`
}

/** The error of a key that the schema does not have at a path. */
function keyError(path: string[], key: string): string {
  const known = knownKeys(path)
  if (path.length === 1 && path[0] === 'routes') return routeKeyError(key)
  const isRoute = path.length === 0 && /^[A-Z]+ +\//.test(key)
  if (isRoute) return 'must be indented below routes:'
  const colon = colonError(key, known)
  if (colon) return colon
  const hint = known.length > 0 ? suggestion(key, known) : `: must be ${schemaAt(path).description}`
  return `unknown key ${key}${hint}`
}

/** Whether a key of a service stands beside the services, and not below one. */
const isMisplaced = ([section, key, ...more]: string[]) =>
  section === 'services' && more.length === 0 && knownKeys(['services', 'any']).includes(key ?? '')

/** Whether an error at a path, or of a key there, follows from another error. */
type Shadowed = (path: string[], key?: string) => boolean

/** Finds what another error explains: a key without its colon, a map whose keys are not indented. */
function shadowedBy(errors: readonly SchemaError[]): Shadowed {
  const unknown = errors.flatMap(({ instancePath, keyword, params }) =>
    keyword === 'additionalProperties'
      ? (params as { additionalProperties: string[] }).additionalProperties.map((key) => ({
          path: pathOf(instancePath),
          key
        }))
      : []
  )
  const isRoutesOutside = unknown.some(
    ({ path, key }) => path.length === 0 && /^[A-Z]+ +\//.test(key)
  )
  const areKeysOutside = errors.some(({ instancePath }) => isMisplaced(pathOf(instancePath)))
  return (path, key) => {
    if (key !== undefined)
      return unknown.some(
        (other) =>
          other.path.join('\n') === path.join('\n') && /^(\w+)[ :]/.exec(other.key)?.[1] === key
      )
    if (path.length === 1 && path[0] === 'routes') return isRoutesOutside
    return areKeysOutside && path.length === 2 && path[0] === 'services' && !isMisplaced(path)
  }
}

type SchemaError = ReturnType<typeof Errors>[number]

/** TypeBox stops at eight errors by default. */
const maxErrors = 10_000

function reportError(
  { instancePath, keyword, params }: SchemaError,
  report: Report,
  isShadowed: Shadowed
) {
  const path = pathOf(instancePath)
  if (isMisplaced(path)) return report(path, 'must be indented below the name of a service', 'key')
  const top = topOf(path)
  const expected = schemaAt(top).description
  if (top.length < path.length || (schemaAt(top) as { anyOf?: unknown }).anyOf) {
    return report(top, `must be ${expected}`)
  }
  if (keyword === 'required') {
    for (const key of (params as { requiredProperties: string[] }).requiredProperties) {
      if (isShadowed(path, key)) continue
      const what = schemaAt([...path, key]).description
      report(path, `${key} is missing: ${what}`, 'key')
    }
    return
  }
  if (keyword === 'additionalProperties') {
    for (const key of (params as { additionalProperties: string[] }).additionalProperties) {
      report([...path, key], keyError(path, key), 'key')
    }
    return
  }
  if (keyword === 'boolean' || (keyword === 'type' && isShadowed(path))) return
  report(path, `must be ${expected}`)
}

type Tree = { [key: string]: Tree | undefined }

/** In the place of an invalid service, so that the routes to it can be checked. */
const placeholderService: unknown = { url: 'http://service' }

/** The file without invalid routes, settings and unknown keys; null where the rest is not a table. */
function withoutInvalid(value: unknown, errors: SchemaError[]): TableFile | null {
  const rest = structuredClone(value) as Tree
  for (const { instancePath, keyword, params } of errors) {
    const path = pathOf(instancePath)
    const [section = '', entry] = path
    if (keyword === 'additionalProperties') {
      const node = path.reduce<Tree | undefined>((tree, step) => tree?.[step], rest)
      const { additionalProperties } = params as { additionalProperties: string[] }
      for (const key of additionalProperties) delete node?.[key]
    } else if (entry === undefined) continue
    else if (section === 'services')
      rest.services = { ...rest.services, [entry]: placeholderService as Tree }
    else delete rest[section]?.[entry]
  }
  return Check(TableFile, rest) ? rest : null
}

/** The error of a file that is not a map, or null. */
function fileError(value: unknown): string | null {
  const expected = 'write a map with services and routes'
  if (value === null) return `the file is empty: ${expected}`
  if (Array.isArray(value)) return `the file is a list: ${expected}`
  return typeof value === 'object' ? null : `the file is a single value: ${expected}`
}

/** Reports every error of `value` against the schema; returns its valid part, for further checks. */
export function checkShape(value: unknown, report: Report): TableFile | null {
  const notMap = fileError(value)
  if (notMap) {
    report([], notMap)
    return null
  }
  Settings.Set({ maxErrors })
  const reported = new Set<string>()
  const once: Report = (path, message, at) => {
    const key = `${path.join('\n')}\n${message}`
    if (!reported.has(key)) report(path, message, at)
    reported.add(key)
  }
  const errors = Errors(TableFile, value)
  const isShadowed = shadowedBy(errors)
  for (const error of errors) reportError(error, once, isShadowed)
  return withoutInvalid(value, errors)
}
