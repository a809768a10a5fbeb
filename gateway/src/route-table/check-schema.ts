import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Check, Errors } from 'typebox/value'
import { suggestion } from './errors.ts'
import { TableFile } from './schema.ts'
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

type SchemaError = ReturnType<typeof Errors>[number]

/** TypeBox stops at eight errors by itself; a table is told all of its mistakes. */
const maxErrors = 10_000

function reportError({ instancePath, keyword, params }: SchemaError, report: Report) {
  const path = pathOf(instancePath)
  const top = topOf(path)
  const expected = schemaAt(top).description
  if (top.length < path.length || (schemaAt(top) as { anyOf?: unknown }).anyOf) {
    return report(top, `must be ${expected}`)
  }
  if (keyword === 'required') {
    for (const key of (params as { requiredProperties: string[] }).requiredProperties) {
      const what = schemaAt([...path, key]).description
      report(path, `${key} is missing: ${what}`, 'key')
    }
    return
  }
  if (keyword === 'additionalProperties') {
    for (const key of (params as { additionalProperties: string[] }).additionalProperties) {
      const known = knownKeys(path)
      const hint = known.length > 0 ? suggestion(key, known) : `: must be ${expected}`
      report([...path, key], `unknown key ${key}${hint}`, 'key')
    }
    return
  }
  if (keyword === 'boolean') return
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
  for (const error of errors) reportError(error, once)
  return withoutFaulty(value, errors)
}
