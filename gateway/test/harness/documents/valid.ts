import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Validator } from '@seriousme/openapi-schema-validator'

const config = await createConfig({
  rules: {
    struct: 'error',
    'no-unresolved-refs': 'error',
    'operation-operationId-unique': 'error',
    'path-parameters-defined': 'error',
    'spec-components-invalid-map-name': 'error'
  }
})

/** What two independent validators have against a document; nothing where it is valid OpenAPI. */
export async function invalidities(document: unknown): Promise<string[]> {
  const source = JSON.stringify(document)
  const { valid, errors } = await new Validator().validate(JSON.parse(source))
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config })
  // This one looks for references in data as well; the other says where it found one.
  const isReference = typeof errors === 'string' && errors.startsWith("Can't resolve")
  // Redocly takes data that looks like a reference for one.
  const problems = found.filter(
    ({ location }) => !/\/(default|enum)\b/.test(`${location[0]?.pointer}`)
  )
  return [
    ...(valid || isReference ? [] : [JSON.stringify(errors)]),
    ...problems.map(({ ruleId, message, location }) => {
      return `${ruleId}: ${message} at ${location[0]?.pointer}`
    })
  ]
}
