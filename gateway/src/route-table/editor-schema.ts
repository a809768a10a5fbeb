import { TableFile } from './schema.ts'
import type { Table } from './types.ts'

type Json = { [key: string]: Json } | Json[] | string | number | boolean | null
type JsonObject = { [key: string]: Json }

/** `${NAME}` or `${NAME:-default}` in a text: the loader checks its value. */
const variable = '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}'
const name = { type: 'string', pattern: `^[a-z][a-z0-9_-]*$|${variable}` }

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The same schema, where each text may contain variables. */
function withVariables(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withVariables)
  if (!isObject(schema)) return schema
  if (typeof schema.pattern === 'string')
    return { ...schema, pattern: `${schema.pattern}|${variable}` }
  const { enum: words, ...rest } = schema
  if (words) return { ...rest, anyOf: [{ enum: words }, { type: 'string', pattern: variable }] }
  const entries = Object.entries(schema)
  return Object.fromEntries(entries.map(([key, value]) => [key, withVariables(value)]))
}

/** Any name, of which an editor offers these. */
const offering = (words: readonly string[]): Json[] => [{ enum: [...words] }, name]

/** The schema of a route, with this table's values of `to` and `allow`. */
function offeringIn(route: JsonObject, { services, userTypes }: Table): JsonObject {
  const { to, allow, ...others } = route.properties as Record<string, JsonObject>
  const who = offering(['public', 'user', 'owner', ...userTypes])
  const list = { type: 'array', items: { anyOf: who }, minItems: 1 }
  const properties = {
    to: { ...to, type: undefined, anyOf: offering(services.map((service) => service.name)) },
    allow: { ...allow, anyOf: [...who, list] },
    ...others
  }
  return { ...route, properties } as unknown as JsonObject
}

/**
 * The schema of `gateway.yml` for editors: the loader's, where each text may contain variables, and which offers the
 * services and user types of this table. Other names pass: the loader knows the current table.
 */
export function editorSchema(table: Table): object {
  const schema = withVariables(JSON.parse(JSON.stringify(TableFile))) as JsonObject
  const { routes, ...sections } = schema.properties as Record<string, JsonObject>
  const byPattern = Object.entries(routes?.patternProperties as JsonObject)
  const patternProperties = Object.fromEntries(
    byPattern.map(([pattern, route]) => [pattern, offeringIn(route as JsonObject, table)])
  )
  return { ...schema, properties: { ...sections, routes: { ...routes, patternProperties } } }
}
