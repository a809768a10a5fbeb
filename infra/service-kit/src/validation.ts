import AjvCompiler, {
  type BuildCompilerFromPool,
  type RouteDefinition
} from '@fastify/ajv-compiler'

/**
 * Bodies are taken as they are: `"5"` is no number and an unknown field is refused. Paths and queries have
 * nothing but text, so there, and only there, `?limit=5` becomes a number.
 */
export const buildValidator: BuildCompilerFromPool = (schemas, options) => {
  const build = AjvCompiler()
  const common = { ...options?.customOptions, allErrors: true, removeAdditional: false }
  const strict = build(schemas, { customOptions: { ...common, coerceTypes: false } })
  const fromText = build(schemas, { customOptions: { ...common, coerceTypes: true } })
  // The types of @fastify/ajv-compiler promise a bare schema here; Fastify passes the whole route.
  const compile = (route: RouteDefinition) =>
    route.httpPart === 'body' ? strict(route) : fromText(route)
  return compile as ReturnType<BuildCompilerFromPool>
}
