import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Check, Errors } from 'typebox/value'
import { suggestion } from './errors.ts'
import { methods, TableFile } from './schema.ts'
import type { Path, Report } from './yaml.ts'

/** The steps of a JSON pointer (RFC 6901). */
export function pathOf(pointer: string): string[] {
  const steps = pointer.split('/').slice(1)
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Walks the schema along a path, as far as it is described. */
export function schemaAt(path: Path): TSchema & { description?: string } {
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

/** Where a choice of forms fails, every form complains; the one place that says what is expected is its top. */
export function topOf(path: string[]): string[] {
  for (let length = 1; length <= path.length; length += 1) {
    const schema = schemaAt(path.slice(0, length)) as TSchema & { anyOf?: unknown }
    if (schema.anyOf) return path.slice(0, length)
  }
  return path
}

/** The keys that the schema names at a path, for suggestions. */
export function knownKeys(path: Path): string[] {
  const schema = schemaAt(path) as TSchema & { properties?: Record<string, unknown> }
  return Object.keys(schema.properties ?? {})
}

/** What is wrong with a key of `routes` that is no method and path: what to write instead. */
function routeKeyFault(key: string): string {
  const [, method = '', rest = ''] = /^(?:([^\s/]*)\s+)?(\S*)$/.exec(key) ?? []
  const path = rest.startsWith('/') ? rest : `/${rest}`
  if (method === '') return `the method is missing: write GET ${path}, for instance`
  if (/[,|]/.test(method)) return `has more than one method: write a route for each, or ANY ${path}`
  const known: readonly string[] = methods
  if (!known.includes(method)) {
    const isSmall = known.includes(method.toUpperCase())
    if (isSmall) return `methods are in capitals: write ${method.toUpperCase()} ${path}`
    return `there is no method ${method}${suggestion(method, known)}`
  }
  const url = URL.parse(rest)
  if (url?.host) return `has a URL where a path belongs: write ${method} ${url.pathname}`
  if (!rest.startsWith('/')) return `a path begins with a slash: write ${method} ${path}`
  const [bare = ''] = rest.split(/[?#]/, 1)
  if (/\/:\w+\?$/.test(rest)) {
    const without = bare.replace(/\/:\w+$/, '') || '/'
    return `a parameter is never optional: write ${method} ${without} and ${method} ${bare} as two routes`
  }
  return `a route has no query, which is forwarded as it is: write ${method} ${bare}`
}

/** A known key with its value, where only the colon between them is missing, or the space behind it. */
function colonFault(key: string, known: readonly string[]): string | null {
  const [, name = '', colon, value] = /^(\w+)( +|:)(\S.*)$/.exec(key) ?? []
  if (!known.includes(name)) return null
  return colon === ':'
    ? `a space is missing behind the colon: write ${name}: ${value}`
    : `a colon is missing: write ${name}: ${value}`
}

/** What is wrong with a key that the schema does not know at this place. */
function keyFault(path: string[], key: string): string {
  const known = knownKeys(path)
  if (path.length === 1 && path[0] === 'routes') return routeKeyFault(key)
  const isRoute = path.length === 0 && /^[A-Z]+ +\//.test(key)
  if (isRoute) return 'must be indented below routes:'
  const colon = colonFault(key, known)
  if (colon) return colon
  const hint = known.length > 0 ? suggestion(key, known) : `: must be ${schemaAt(path).description}`
  return `unknown key ${key}${hint}`
}

/** Whether a key of a service stands beside the services, and not below one. */
const isMisplaced = ([section, key, ...more]: string[]) =>
  section === 'services' && more.length === 0 && knownKeys(['services', 'any']).includes(key ?? '')

/** The keys of the map at a path that are there but not read as they are meant, so that nothing follows from them. */
type Shadowed = (path: string[], key?: string) => boolean

/** Tells of what another mistake explains: a key that is only without its colon, a map whose keys are not indented. */
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

/** TypeBox stops at eight errors by itself; a table is told all of its mistakes. */
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
      report([...path, key], keyFault(path, key), 'key')
    }
    return
  }
  if (keyword === 'boolean' || (keyword === 'type' && isShadowed(path))) return
  report(path, `must be ${expected}`)
}

type Tree = { [key: string]: Tree | undefined }

/** Stands for a service that is reported already, so that the lines that lead to it can be checked. */
const someService: unknown = { url: 'http://service' }

/** Takes the faulty lines, settings and unknown keys out; null where what is left is no table. */
function withoutFaulty(value: unknown, errors: SchemaError[]): TableFile | null {
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
      rest.services = { ...rest.services, [entry]: someService as Tree }
    else delete rest[section]?.[entry]
  }
  return Check(TableFile, rest) ? rest : null
}

/** Says what a file is that is no map, or null where it is one. */
function fileFault(value: unknown): string | null {
  const expected = 'a table is a map with services and routes'
  if (value === null) return `the file is empty: ${expected}`
  if (Array.isArray(value)) return `the file is a list: ${expected}`
  return typeof value === 'object' ? null : `the file is a single value: ${expected}`
}

/** Reports every way in which `value` is not a table file; gives what of it is fit for further checks. */
export function checkShape(value: unknown, report: Report): TableFile | null {
  const fault = fileFault(value)
  if (fault) {
    report([], fault)
    return null
  }
  Settings.Set({ maxErrors })
  const told = new Set<string>()
  const once: Report = (path, message, at) => {
    const key = `${path.join('\n')}\n${message}`
    if (!told.has(key)) report(path, message, at)
    told.add(key)
  }
  const errors = Errors(TableFile, value)
  const isShadowed = shadowedBy(errors)
  for (const error of errors) reportError(error, once, isShadowed)
  return withoutFaulty(value, errors)
}
