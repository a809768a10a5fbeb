import { isObject, type Json, without } from './json.ts'

/** Whose rules a schema is written by: OpenAPI 3.0, JSON Schema up to draft 7, or 2020-12 as in OpenAPI 3.1. */
export type Dialect = '3.0' | 'old' | '2020-12'

function withNull({ nullable, ...schema }: Json): Json {
  // OpenAPI 3.0.3: nullable widens the type beside it and nothing else; an enum without null still refuses it.
  if (nullable !== true || schema.type === undefined) return schema
  return { ...schema, type: [...new Set([schema.type, 'null'].flat())] }
}

function withNumericBound(schema: Json, exclusive: string, inclusive: string): Json {
  if (typeof schema[exclusive] !== 'boolean') return schema
  const rest = without(schema, exclusive)
  if (schema[exclusive] === false || rest[inclusive] === undefined) return rest
  return { ...without(rest, inclusive), [exclusive]: rest[inclusive] }
}

/** A list of items, as it was written before 2020-12. */
function withPrefixItems(schema: Json): Json {
  if (!Array.isArray(schema.items)) return schema
  const { items, additionalItems, ...rest } = schema
  return {
    ...rest,
    prefixItems: items,
    ...(additionalItems !== undefined && { items: additionalItems })
  }
}

/** `dependencies` as the two keywords that it became. */
function withDependents(schema: Json): Json {
  if (!isObject(schema.dependencies)) return schema
  const { dependencies, ...rest } = schema
  const entries = Object.entries(schema.dependencies)
  const required = entries.filter(([, value]) => Array.isArray(value))
  const schemas = entries.filter(([, value]) => !Array.isArray(value))
  return {
    ...rest,
    ...(required.length > 0 && { dependentRequired: Object.fromEntries(required) }),
    ...(schemas.length > 0 && { dependentSchemas: Object.fromEntries(schemas) })
  }
}

/** Readers of 3.0 know `format: byte`, readers of 3.1 `contentEncoding`: both are told. */
function withEncoding(schema: Json): Json {
  return schema.format === 'byte' ? { ...schema, contentEncoding: 'base64' } : schema
}

const bounds = [
  ['exclusiveMinimum', 'minimum'],
  ['exclusiveMaximum', 'maximum']
] as const

const changing = [
  'exclusiveMinimum',
  'exclusiveMaximum',
  'items',
  'dependencies',
  'nullable',
  'format'
]

/**
 * A schema object in the words of OpenAPI 3.1 (JSON Schema 2020-12) that accepts the same values as it does by
 * the rules of its own dialect. Its parts are not entered. A boolean bound and a list of `items` are read as
 * they were meant in newer dialects too, where they have no meaning.
 */
export function modernise(schema: Json, dialect: Dialect): Json {
  // Before 2019-09, and in OpenAPI 3.0, whatever stands beside a reference is ignored.
  if (dialect !== '2020-12' && typeof schema.$ref === 'string') return { $ref: schema.$ref }
  if (!changing.some((key) => schema[key] !== undefined)) return schema
  const bounded = bounds.reduce(
    (made, [exclusive, inclusive]) => withNumericBound(made, exclusive, inclusive),
    schema
  )
  const listed = withPrefixItems(bounded)
  if (dialect === 'old') return withDependents(listed)
  return dialect === '3.0' ? withEncoding(withNull(listed)) : listed
}
