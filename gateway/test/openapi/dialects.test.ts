import { test } from 'node:test'
import { answering, answerOf, combined, documentOf, tableOf } from '../harness/documents/fixture.ts'

const table = tableOf({ 'GET /api/a': {} })

/** What becomes of a schema beside these components, and what is reported of the document. */
function through(schema: unknown, schemas: object = {}, rest: object = {}) {
  const paths = { '/a': { get: { responses: answering(schema) } } }
  const { document, drift } = combined(table, {
    one: documentOf(paths, { components: { schemas }, ...rest })
  })
  return { schema: answerOf(document, '/api/a'), schemas: document.components.schemas ?? {}, drift }
}

test('finds what a reference names by $id or an anchor, and leaves both out', (t) => {
  const schemas = {
    User: {
      $id: 'https://a.test/user',
      type: 'object',
      properties: { id: { $ref: '#/$defs/id' } }
    },
    Part: { type: 'object', properties: { deep: { $anchor: 'deep', type: 'integer' } } }
  }
  const defs = { $defs: { id: { type: 'string' } } }
  const anyOf = [{ $ref: 'https://a.test/user' }, { $ref: '#deep' }]

  const made = through({ anyOf }, { ...schemas, User: { ...schemas.User, ...defs } })

  t.assert.deepEqual(made.drift, [])
  t.assert.deepEqual(made.schema.anyOf, [
    { $ref: '#/components/schemas/User' },
    { $ref: '#/components/schemas/Part_properties_deep' }
  ])
  t.assert.deepEqual(made.schemas.User?.properties, {
    id: { $ref: '#/components/schemas/User_defs_id' }
  })
  t.assert.doesNotMatch(JSON.stringify(made), /"\$(id|anchor)"/)
})

test('counts references from the root where an $id says otherwise and nothing is there', (t) => {
  const User = { $id: 'User', properties: { boss: { $ref: '#/components/schemas/Boss' } } }

  const { schema, schemas, drift } = through({ $ref: 'User' }, { User, Boss: { type: 'null' } })

  t.assert.deepEqual(drift, [])
  t.assert.deepEqual(schema, { $ref: '#/components/schemas/User' })
  t.assert.deepEqual(schemas.User?.properties, { boss: { $ref: '#/components/schemas/Boss' } })
})

test('reads a schema by the dialect that it names', (t) => {
  const $schema = 'http://json-schema.org/draft-07/schema#'
  const dependencies = { a: ['b'], c: { minProperties: 2 } }
  const items = [{ $ref: '#/components/schemas/Id', description: 'Ignored.' }, true]

  const { schema } = through(
    { $schema, items, additionalItems: false, dependencies },
    { Id: { type: 'string' } }
  )

  t.assert.deepEqual(schema, {
    prefixItems: [{ $ref: '#/components/schemas/Id' }, true],
    items: false,
    dependentRequired: { a: ['b'] },
    dependentSchemas: { c: { minProperties: 2 } }
  })
})

test('reads all schemas by the dialect of the document', (t) => {
  const rest = { jsonSchemaDialect: 'http://json-schema.org/draft-07/schema#' }

  const made = through({ $ref: '#/components/schemas/A', maxLength: 1 }, { A: {} }, rest)

  t.assert.deepEqual(made.schema, { $ref: '#/components/schemas/A' })
})

test('takes a boolean bound and a list of items as they were meant before', (t) => {
  const { schema } = through({ minimum: 1, exclusiveMinimum: true, items: [true] })

  t.assert.deepEqual(schema, { exclusiveMinimum: 1, prefixItems: [true] })
})

test('takes a dynamic reference for a static one', (t) => {
  const Tree = { $dynamicAnchor: 'node', items: { $dynamicRef: '#node' } }

  const { schemas, drift } = through({ $ref: '#/components/schemas/Tree' }, { Tree })

  t.assert.deepEqual(drift, [])
  t.assert.deepEqual(schemas.Tree, { items: { $ref: '#/components/schemas/Tree' } })
})

test('leaves out fields whose values have a wrong type, and tells where', (t) => {
  const { schema, drift } = through({ type: 'string', required: true, maxLength: '5', title: null })

  const at = 'one #/paths/~1a/get/responses/200/content/application~1json/schema'
  t.assert.deepEqual(schema, { type: 'string' })
  t.assert.deepEqual(drift, [
    `${at}/required: The value is not a list of strings and is left out. Write one.`,
    `${at}/maxLength: The value is not a whole number from 0 and is left out. Write one.`
  ])
})

test('adds what OpenAPI asks for and many leave out', (t) => {
  const parameters = [{ name: 'id', in: 'path', schema: {} }]
  const get = { parameters, responses: { 204: {} } }

  const { document } = combined(tableOf({ 'GET /api/a/:id': {} }), {
    one: documentOf({ '/a/{id}': { get } })
  })

  const { parameters: made, responses } = document.paths['/api/a/{id}']?.get ?? {}
  t.assert.equal(made?.[0]?.required, true)
  t.assert.equal(responses?.['204']?.description, '')
})
