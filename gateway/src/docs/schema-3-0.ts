import { type Json, listIn, without } from './json.ts'

function withNull({ type, ...schema }: Json): Json {
  const { nullable, ...rest } = schema
  // OpenAPI 3.0.3: nullable means something only where the same schema has a type.
  if (nullable !== true || typeof type !== 'string')
    return type === undefined ? rest : { type, ...rest }
  const values = listIn(rest.enum)
  const enumerated = Array.isArray(rest.enum) && !values.includes(null)
  return { type: [type, 'null'], ...rest, ...(enumerated && { enum: [...values, null] }) }
}

function withNumericBound(schema: Json, exclusive: string, inclusive: string): Json {
  if (typeof schema[exclusive] !== 'boolean') return schema
  const rest = without(schema, exclusive)
  if (schema[exclusive] === false || rest[inclusive] === undefined) return rest
  return { ...without(rest, inclusive), [exclusive]: rest[inclusive] }
}

function withContent(schema: Json): Json {
  if (schema.format === 'byte') return { ...without(schema, 'format'), contentEncoding: 'base64' }
  return schema
}

/** A schema object of OpenAPI 3.0, in the words of 3.1 (JSON Schema 2020-12). */
export function modernise(schema: Json): Json {
  // OpenAPI 3.0 ignores whatever stands beside a reference.
  if (typeof schema.$ref === 'string') return { $ref: schema.$ref }
  const bounded = withNumericBound(schema, 'exclusiveMinimum', 'minimum')
  return withContent(withNull(withNumericBound(bounded, 'exclusiveMaximum', 'maximum')))
}
