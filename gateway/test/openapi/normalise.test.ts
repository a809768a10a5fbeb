import { test } from 'node:test'
import { refusalOf } from '@gatehouse/openapi/validate'
import {
  answered,
  answering,
  answerOf,
  combined,
  documentOf,
  type Schema,
  tableOf
} from '../harness/documents/fixture.ts'

const table = tableOf({ 'GET /api/a': {} })

/** What becomes of a schema in a document of this version, and what is reported. */
function through(schema: unknown, version = '3.1.0', schemas: object = {}) {
  const paths = { '/a': { get: { responses: answering(schema) } } }
  const rest = { openapi: version, components: { schemas } }
  const { document, drift } = combined(table, { one: documentOf(paths, rest) })
  return { schema: answerOf(document, '/api/a') as Schema, drift, document }
}

test('leaves null, and words of the specification, alone where they are data', (t) => {
  const data = {
    $ref: '#/nowhere',
    nullable: true,
    discriminator: { propertyName: 'x' },
    nothing: null
  }
  const schema = { default: data, const: data, enum: [null, data], examples: [data] }

  const nulls = through({ default: null, const: null, example: null, 'x-null': null }, '3.0.3')

  t.assert.deepEqual(through(schema).schema, schema)
  t.assert.deepEqual(through(schema).drift, [])
  t.assert.deepEqual(nulls.schema, { default: null, const: null, example: null, 'x-null': null })
})

test('takes properties that are called like keywords for properties', (t) => {
  const names = [
    '$ref',
    'operationId',
    'security',
    'discriminator',
    'nullable',
    'items',
    '__proto__',
    'constructor'
  ]
  const properties = JSON.parse(
    `{${names.map((name) => `${JSON.stringify(name)}:{"type":"string"}`).join()}}`
  )

  const { schema, drift } = through({ type: 'object', properties, required: names }, '3.0.0')

  t.assert.deepEqual(Object.keys(schema.properties as object), names)
  t.assert.deepEqual(drift, [])
})

test('survives null in every place where an object belongs', (t) => {
  const operation = {
    parameters: [null, { name: 'q', in: 'query', schema: null }],
    requestBody: null,
    callbacks: null,
    responses: {
      200: null,
      201: { description: 'x', content: { 'text/plain': null }, headers: null }
    }
  }

  const { document } = combined(table, {
    one: documentOf(
      { '/a': { get: operation, put: null }, '/b': null },
      { components: { schemas: { A: null } }, servers: null, tags: [null] }
    )
  })

  t.assert.deepEqual(document.paths['/api/a']?.get?.parameters, [{ name: 'q', in: 'query' }])
})

test('keeps the siblings of a reference in 3.1, and drops them in 3.0', (t) => {
  const beside = { $ref: '#/components/schemas/A', description: 'Which.', maxLength: 3 }

  t.assert.deepEqual(through(beside, '3.1.0', { A: {} }).schema, beside)
  t.assert.deepEqual(through(beside, '3.0.3', { A: {} }).schema, { $ref: beside.$ref })
})

test('keeps beside a reference to anything else what a reference object may have', (t) => {
  const $ref = '#/components/parameters/A'
  const get = { parameters: [{ $ref, description: 'Which.', required: true }], responses: answered }
  const components = { parameters: { A: { name: 'a', in: 'query', schema: {} } } }

  const { document } = combined(table, { one: documentOf({ '/a': { get } }, { components }) })

  const { parameters } = document.paths['/api/a']?.get ?? {}
  t.assert.deepEqual(parameters, [{ $ref, description: 'Which.' }])
})

test('keeps an extension among responses as it is', (t) => {
  const own = { $ref: '#/nowhere' }
  const get = { responses: { ...answered, 'x-own': own } }

  const { document, drift } = combined(table, { one: documentOf({ '/a': { get } }) })

  t.assert.deepEqual(document.paths['/api/a']?.get?.responses['x-own'], own)
  t.assert.deepEqual(drift, [])
})

test('writes nullable and exclusive bounds of 3.0 in the words of 3.1', (t) => {
  const old = { type: 'integer', nullable: true, minimum: 1, exclusiveMinimum: true, enum: [2, 3] }
  const more = { type: 'number', maximum: 9, exclusiveMaximum: false }
  const bytes = { type: 'string', format: 'byte', nullable: false }

  t.assert.deepEqual(through(old, '3.0.3').schema, {
    type: ['integer', 'null'],
    exclusiveMinimum: 1,
    enum: [2, 3]
  })
  t.assert.deepEqual(through(more, '3.0.3').schema, { type: 'number', maximum: 9 })
  t.assert.deepEqual(through(bytes, '3.0.3').schema, {
    type: 'string',
    format: 'byte',
    contentEncoding: 'base64'
  })
  t.assert.deepEqual(through({ type: ['string', 'null'] }).schema, { type: ['string', 'null'] })
})

test('keeps boolean schemas', (t) => {
  const schema = { properties: { a: true, b: false }, additionalProperties: false, items: true }

  t.assert.deepEqual(through(schema).schema, schema)
  t.assert.equal(through(true).schema, true)
})

test('drops external, relative and dangling references, and reports them without their address', (t) => {
  const references = [
    'http://inside.test/x.json#/A',
    'models.json',
    '#/components/schemas/Gone',
    '#a'
  ]
  const anyOf = [...references.map(($ref) => ({ $ref })), { type: 'string' }]

  const { schema, drift, document } = through({ anyOf, description: 'Kept.' })

  t.assert.deepEqual(schema, { anyOf: [{}, {}, {}, {}, { type: 'string' }], description: 'Kept.' })
  const at = 'one #/paths/~1a/get/responses/200/content/application~1json/schema/anyOf'
  t.assert.deepEqual(drift, [
    `${at}/0/$ref: The reference leads to another document, which is not read. Move its target here.`,
    `${at}/1/$ref: The reference leads to another document, which is not read. Move its target here.`,
    `${at}/2/$ref: The reference #/components/schemas/Gone leads nowhere. Add its target or correct it.`,
    `${at}/3/$ref: The reference #a leads nowhere. Add its target or correct it.`
  ])
  t.assert.doesNotMatch(JSON.stringify([document, drift]), /inside|models/)
})

test('drops what a reference that goes round in circles stands for', (t) => {
  const at = (name: string) => ({ $ref: `#/components/parameters/${name}` })
  const get = { parameters: [at('A')], responses: { ...answered, 404: { $ref: '#/nowhere' } } }
  const components = { parameters: { A: at('B'), B: at('A') } }

  const { document, drift } = combined(table, {
    one: documentOf({ '/a': { get } }, { components })
  })

  t.assert.equal(document.paths['/api/a']?.get?.parameters, undefined)
  t.assert.equal(document.paths['/api/a']?.get?.responses['404']?.description, '')
  t.assert.match(drift[0] ?? '', /parameters\/0\/\$ref: The reference .*\/A leads nowhere/)
})

test('leaves out whole a document that is not usable, and says why', (t) => {
  const { document, drift } = combined(tableOf({ 'GET /api/a': {}, 'GET /api/b': { to: 'two' } }), {
    one: { swagger: '2.0', paths: {} },
    two: documentOf({ '/b': { get: { operationId: 'b', responses: answered } } })
  })

  t.assert.deepEqual(drift, [
    'one #/swagger: Swagger 2.0 is not supported. Convert the document to OpenAPI 3.'
  ])
  t.assert.equal(document.paths['/api/b']?.get?.operationId, 'b')
  t.assert.equal(document.paths['/api/a']?.get?.operationId, 'getA')
})

const deep = JSON.parse(`${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`)
const refused: [unknown, RegExp][] = [
  ['<html>', /not a JSON object/],
  [null, /not a JSON object/],
  [[], /not a JSON object/],
  [{}, /no field "openapi"/],
  [{ openapi: 3.1 }, /no field "openapi"/],
  [{ openapi: '4.0.0', paths: {} }, /not OpenAPI 3.0, 3.1 or 3.2/],
  [{ openapi: '3.0.0' }, /no "paths"/],
  [{ openapi: '3.1.0', paths: [] }, /is not an object/],
  [{ openapi: '3.1.0', components: 1 }, /is not an object/],
  [{ openapi: '3.1.0', paths: { '/a': deep } }, /deeper/]
]

test('refuses what is no OpenAPI document', (t) => {
  for (const [document, reason] of refused)
    t.assert.match(refusalOf(document)?.message ?? '', reason)
  t.assert.equal(refusalOf({ openapi: '3.1.0', components: {} }), null)
})
