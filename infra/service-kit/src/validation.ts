import AjvCompiler, {
  type BuildCompilerFromPool,
  type RouteDefinition
} from '@fastify/ajv-compiler'

type Fields = Record<string, unknown>

/** How a query or path writes each type that is no text: in one spelling, as JSON does. */
const spellings: Record<string, RegExp> = {
  integer: /^(0|-?[1-9][0-9]*)$/,
  number: /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/,
  boolean: /^(true|false)$/
}

/**
 * Replaces, in place, each text by the number or boolean that `schema` wants there. Ajv's own coercion reads `0x5`,
 * `1e1` and ` 5` as integers; here they stay text, which the schema refuses.
 */
function readTexts(schema: Fields, values: Fields) {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const text = values[name]
    const { type } = property as Fields
    if (typeof text !== 'string' || typeof type !== 'string') continue
    if (spellings[type]?.test(text)) values[name] = JSON.parse(text)
  }
}

/**
 * Bodies are taken as they are: `"5"` is no number and an unknown field is refused. Paths and queries have
 * nothing but text, so there, and only there, `?limit=5` becomes a number.
 */
export const buildValidator: BuildCompilerFromPool = (schemas, options) => {
  const common = { ...options?.customOptions, allErrors: true, removeAdditional: false }
  const build = AjvCompiler()(schemas, { customOptions: { ...common, coerceTypes: false } })
  // The types of @fastify/ajv-compiler promise a bare schema here; Fastify passes the whole route.
  const compile = (route: RouteDefinition) => {
    const validate = build(route)
    if (route.httpPart === 'body') return validate
    const schema = route.schema as Fields
    const check = (values: Fields) => {
      readTexts(schema, values)
      const valid = validate(values)
      check.errors = validate.errors
      return valid
    }
    check.errors = validate.errors
    return check
  }
  return compile as ReturnType<BuildCompilerFromPool>
}
