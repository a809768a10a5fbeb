const text = { type: 'string', description: 'What it is called.', maxLength: 200 }
const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const json = (schema: object) => ({ 'application/json': { schema } })

function schemaOf(name: string, index: number, count: number) {
  const properties = Object.fromEntries(
    Array.from({ length: 12 }, (_, field) => [`field_${field}`, { ...text, examples: [name] }])
  )
  const next = refTo(`Thing${(index + 1) % count}`)
  const variants = { oneOf: [next, { type: 'null' }] }
  return { type: 'object', properties: { ...properties, next, variants }, required: ['field_0'] }
}

function itemOf(name: string, index: number) {
  const responses = {
    200: { description: 'The thing.', content: json(refTo(name)) },
    404: { description: 'There is none.', content: json(refTo('Fault')) }
  }
  const id = { name: 'id', in: 'path', required: true, schema: text }
  const body = { content: json(refTo(name)) }
  return {
    parameters: [id],
    get: { operationId: `get${index}`, summary: `Get ${name}`, responses },
    put: { operationId: `put${index}`, summary: `Put ${name}`, requestBody: body, responses }
  }
}

/** A document of OpenAPI 3.1 of about this many bytes, told from others by its version. */
export function largeDocument(bytes: number, version: number): string {
  const count = Math.round(bytes / 2307)
  const names = Array.from({ length: count }, (_, index) => `Thing${index}`)
  const paths = names.map((name, index) => [`/things${index}/{id}`, itemOf(name, index)])
  const schemas = names.map((name, index) => [name, schemaOf(name, index, count)])
  return JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Large', version: `${version}`, description: `Version ${version}.` },
    paths: Object.fromEntries(paths),
    components: { schemas: { ...Object.fromEntries(schemas), Fault: { type: 'object' } } }
  })
}
