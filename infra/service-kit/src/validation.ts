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
 * Makes `pattern` look at no text that is longer than `maxLength` allows: with `allErrors` Ajv would run each rule of a
 * schema on a text that another has refused already.
 */
function lengthBeforePattern(ajv: {
  removeKeyword: (keyword: string) => unknown
  addKeyword: (definition: object) => unknown
}) {
  ajv.removeKeyword('pattern')
  ajv.addKeyword({
    keyword: 'pattern',
    type: 'string',
    schemaType: 'string',
    compile(pattern: string, { maxLength }: { maxLength?: number }) {
      const expression = new RegExp(pattern, 'u')
      // A character is one or two units of a JavaScript text; what is longer than that is refused by maxLength.
      const maxUnits = maxLength === undefined ? Number.POSITIVE_INFINITY : 2 * maxLength
      return (text: string) => text.length > maxUnits || expression.test(text)
    },
    error: {
      message: ({ schema }: { schema: string }) => `must match pattern "${schema}"`
    }
  })
  return ajv
}

/**
 * Bodies are taken as they are: `"5"` is no number and an unknown field is refused. Paths and queries have
 * nothing but text, so there, and only there, `?limit=5` becomes a number.
 */
export const buildValidator: BuildCompilerFromPool = (schemas, options) => {
  const common = { ...options?.customOptions, allErrors: true, removeAdditional: false }
  const customOptions = { ...common, coerceTypes: false } as const
  const plugins = [lengthBeforePattern] as never
  const build = AjvCompiler()(schemas, { customOptions, plugins })
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
