export const json = (schema: object) => ({ 'application/json': { schema } })
export const ok = (schema: object) => ({ 200: { description: 'OK', content: json(schema) } })
export const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` })
export const document = (
  openapi: string,
  paths: object,
  schemas: object,
  components: object = {}
) => ({
  openapi,
  info: { title: 'T', version: '1' },
  paths,
  components: { schemas, ...components }
})
