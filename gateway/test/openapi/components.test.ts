import { test } from 'node:test'
import { answering, answerOf, combined, documentOf, tableOf } from '../harness/documents/fixture.ts'

const table = tableOf({ 'GET /api/a': {}, 'GET /api/b': { to: 'two' } })
const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` })

function combineSchemas(one: object, two: object, answer: object = refTo('Item')) {
  const get = { get: { responses: answering(answer) } }
  return combined(table, {
    one: documentOf({ '/a': get }, { components: { schemas: one } }),
    two: documentOf({ '/b': get }, { components: { schemas: two } })
  }).document
}

const namesOf = (document: ReturnType<typeof combineSchemas>) =>
  Object.keys(document.components.schemas ?? {}).filter((name) => name !== 'Problem')

test('shares components that say the same in another order', (t) => {
  const one = { Item: { type: 'string', maxLength: 5 } }
  const two = { Item: { maxLength: 5, type: 'string' } }

  const document = combineSchemas(one, two)

  t.assert.deepEqual(namesOf(document), ['Item'])
  t.assert.deepEqual(answerOf(document, '/api/b'), refTo('Item'))
})

test('puts the service’s name before a component that is nearly the same', (t) => {
  const document = combineSchemas({ Item: { default: null } }, { Item: { default: 0 } })

  t.assert.deepEqual(namesOf(document), ['Item', 'TwoItem'])
  t.assert.deepEqual(answerOf(document, '/api/a'), refTo('Item'))
  t.assert.deepEqual(answerOf(document, '/api/b'), refTo('TwoItem'))
})

test('keeps Problem for the gateway, and renames another one', (t) => {
  const document = combineSchemas({ Problem: { type: 'string' } }, {}, refTo('Problem'))

  t.assert.deepEqual(answerOf(document, '/api/a'), refTo('OneProblem'))
  t.assert.equal(document.components.schemas?.Problem?.type, 'object')
})

test('tells apart components that differ only in what they refer to', (t) => {
  const Item = { properties: { part: refTo('Part') } }

  const document = combineSchemas({ Item, Part: { type: 'string' } }, { Item, Part: true })

  t.assert.deepEqual(namesOf(document), ['Item', 'Part', 'TwoItem', 'TwoPart'])
  t.assert.deepEqual(document.components.schemas?.TwoItem?.properties, { part: refTo('TwoPart') })
  t.assert.equal(document.components.schemas?.TwoPart, true)
})

test('shares recursive schemas that are the same, and renames those that are not', (t) => {
  const tree = (max: number) => ({
    Item: { properties: { next: refTo('Other') }, type: 'object' },
    Other: { properties: { back: refTo('Item'), self: refTo('Other') }, maxProperties: max }
  })

  const same = combineSchemas(tree(2), tree(2))
  const different = combineSchemas(tree(2), tree(3))

  t.assert.deepEqual(namesOf(same), ['Item', 'Other'])
  t.assert.deepEqual(namesOf(different), ['Item', 'Other', 'TwoItem', 'TwoOther'])
  t.assert.deepEqual(different.components.schemas?.TwoOther?.properties, {
    back: refTo('TwoItem'),
    self: refTo('TwoOther')
  })
})

test('writes out and renames what a discriminator names, be it a pointer, a name or implied', (t) => {
  const mapping = { bare: 'Bird', pointer: '#/components/schemas/Cat', away: 'other.json#/Dog' }
  const discriminator = { propertyName: 'kind', mapping }
  const kinds = (title: string) => ({
    Item: { oneOf: ['Bird', 'Cat', 'Dog'].map(refTo), discriminator },
    ...Object.fromEntries(['Bird', 'Cat', 'Dog'].map((name) => [name, { title }]))
  })

  const document = combineSchemas(kinds('one'), kinds('two'))

  t.assert.deepEqual(document.components.schemas?.TwoItem?.discriminator, {
    propertyName: 'kind',
    mapping: {
      Dog: '#/components/schemas/TwoDog',
      bare: '#/components/schemas/TwoBird',
      pointer: '#/components/schemas/TwoCat'
    }
  })
})

test('brings along the kinds of a schema that only name it by allOf', (t) => {
  const Item = { type: 'object', discriminator: { propertyName: 'kind' } }
  const Cat = { allOf: [refTo('Item'), { properties: { lives: { type: 'integer' } } }] }

  const document = combineSchemas({ Item, Cat, Stray: {} }, {})

  t.assert.deepEqual(namesOf(document), ['Cat', 'Item'])
})

test('gives a name to what is referred to in the middle of a document', (t) => {
  const Item = { properties: { id: { type: 'string' } } }
  const inner = { $ref: '#/components/schemas/Item/properties/id' }
  const other = { $ref: '#/paths/~1a/get/responses/200/content/application~1json/schema' }
  const wanted = { anyOf: [inner, { properties: { again: other } }] }

  const document = combineSchemas({ Item }, {}, wanted)

  t.assert.equal(document.components.schemas?.Item_properties_id?.type, 'string')
  t.assert.deepEqual(answerOf(document, '/api/a').anyOf, [
    refTo('Item_properties_id'),
    { properties: { again: refTo('paths_a_get_responses_200_content_application_json_schema') } }
  ])
})

test('gives a lawful key to a component whose name is none', (t) => {
  const document = combineSchemas(
    { 'my Item/1': { type: 'string' } },
    {},
    { $ref: '#/components/schemas/my%20Item~11' }
  )

  t.assert.deepEqual(answerOf(document, '/api/a'), refTo('my_Item_1'))
})

test('copies components of every kind that an operation reaches', (t) => {
  const at = (section: string) => ({ $ref: `#/components/${section}/X` })
  const content = { 'text/plain': { examples: { x: at('examples') } } }
  const components = {
    parameters: { X: { name: 'q', in: 'query', schema: refTo('X') } },
    requestBodies: { X: { content } },
    responses: {
      X: { description: 'x', headers: { x: at('headers') }, links: { x: at('links') } }
    },
    headers: { X: { schema: refTo('X') } },
    links: { X: { operationId: 'a' } },
    callbacks: { X: { '{$url}': at('pathItems') } },
    pathItems: { X: { post: { responses: { 200: { description: 'x' } } } } },
    examples: { X: { value: { $ref: 'no reference' } } },
    schemas: { X: { type: 'string' }, Unused: {} },
    securitySchemes: { X: { type: 'http', scheme: 'basic' } }
  }
  const post = {
    operationId: 'a',
    parameters: [at('parameters')],
    requestBody: at('requestBodies')
  }
  const rest = { responses: { 200: at('responses') }, callbacks: { x: at('callbacks') } }

  const { document } = combined(tableOf({ 'POST /api/a': {} }), {
    one: documentOf({ '/a': { post: { ...post, ...rest } } }, { components })
  })

  const copied = Object.entries(document.components).flatMap(([section, named]) =>
    'X' in named ? [section] : []
  )
  t.assert.deepEqual(
    copied.sort(),
    Object.keys(components)
      .filter((s) => s !== 'securitySchemes')
      .sort()
  )
  t.assert.deepEqual(document.components.examples?.X, { value: { $ref: 'no reference' } })
})
