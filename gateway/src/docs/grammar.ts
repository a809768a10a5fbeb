/** The objects of OpenAPI 3.1 in which a schema or a reference can be. */
export type Kind =
  | 'document'
  | 'components'
  | 'pathItem'
  | 'operation'
  | 'parameter'
  | 'requestBody'
  | 'media'
  | 'encoding'
  | 'response'
  | 'header'
  | 'example'
  | 'link'
  | 'callback'
  | 'schema'

/** `one` object, a `list`, a `map` by any name, or an `open` map whose `x-` keys are extensions. */
export type Place = readonly [how: 'one' | 'list' | 'map' | 'open', kind: Kind]

/** Methods that a path item has a field for. */
export const methods = [
  'get',
  'put',
  'post',
  'delete',
  'options',
  'head',
  'patch',
  'trace'
] as const

/** Where components of a kind are kept. Media types and encodings cannot be components. */
export const sections: Partial<Record<Kind, string>> = {
  schema: 'schemas',
  response: 'responses',
  parameter: 'parameters',
  example: 'examples',
  requestBody: 'requestBodies',
  header: 'headers',
  link: 'links',
  callback: 'callbacks',
  pathItem: 'pathItems'
}

const places = (how: Place[0], kind: Kind, ...keys: string[]) =>
  keys.map((key): [string, Place] => [key, [how, kind]])

const described = [
  ...places('one', 'schema', 'schema'),
  ...places('map', 'media', 'content'),
  ...places('map', 'example', 'examples')
]

// What is not named here (default, enum, const, example, x-…) is data, and is never entered.
const grammar: Record<Kind, ReadonlyMap<string, Place>> = {
  document: new Map([
    ...places('open', 'pathItem', 'paths'),
    ...places('one', 'components', 'components')
  ]),
  components: new Map(
    Object.entries(sections).map(([kind, section]) => [section, ['map', kind as Kind]])
  ),
  pathItem: new Map([
    ...places('one', 'operation', ...methods),
    ...places('list', 'parameter', 'parameters')
  ]),
  operation: new Map([
    ...places('list', 'parameter', 'parameters'),
    ...places('one', 'requestBody', 'requestBody'),
    ...places('open', 'response', 'responses'),
    ...places('map', 'callback', 'callbacks')
  ]),
  parameter: new Map(described),
  header: new Map(described),
  requestBody: new Map(places('map', 'media', 'content')),
  media: new Map([
    ...places('one', 'schema', 'schema'),
    ...places('map', 'example', 'examples'),
    ...places('map', 'encoding', 'encoding')
  ]),
  encoding: new Map(places('map', 'header', 'headers')),
  response: new Map([
    ...places('map', 'header', 'headers'),
    ...places('map', 'media', 'content'),
    ...places('map', 'link', 'links')
  ]),
  example: new Map(),
  link: new Map(),
  callback: new Map(),
  schema: new Map([
    ...places(
      'one',
      'schema',
      'additionalItems',
      'additionalProperties',
      'contains',
      'contentSchema',
      'else',
      'if'
    ),
    ...places('one', 'schema', 'items', 'not', 'propertyNames', 'then'),
    ...places('one', 'schema', 'unevaluatedItems', 'unevaluatedProperties'),
    ...places('list', 'schema', 'allOf', 'anyOf', 'oneOf', 'prefixItems'),
    ...places('map', 'schema', '$defs', 'definitions', 'dependentSchemas'),
    ...places('map', 'schema', 'patternProperties', 'properties')
  ])
}

/** What may stand at `key` of an object of this kind; undefined where it is data. */
export function placeOf(kind: Kind, key: string): Place | undefined {
  // A callback has no fixed fields: every key is an expression that names a path item.
  if (kind === 'callback' && key !== '$ref' && !key.startsWith('x-')) return ['one', 'pathItem']
  return grammar[kind].get(key)
}
