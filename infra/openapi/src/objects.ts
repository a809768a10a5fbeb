import { isObject } from './json.ts'

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
    ...places('map', 'pathItem', 'webhooks'),
    ...places('one', 'components', 'components')
  ]),
  components: new Map(
    Object.entries(sections).map(([kind, section]) => [section, ['map', kind as Kind]])
  ),
  pathItem: new Map([
    ...places('one', 'operation', ...methods, 'query'),
    ...places('map', 'operation', 'additionalOperations'),
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

interface Rule {
  fits: (value: unknown) => boolean
  message: string
}

const isString = (value: unknown) => typeof value === 'string'
const isNumber = (value: unknown): value is number =>
  typeof value === 'number' || typeof value === 'bigint'
const isCount = (value: unknown) => isNumber(value) && value >= 0 && Number.isInteger(Number(value))
const isStrings = (value: unknown) => Array.isArray(value) && value.every(isString)
const typeNames = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
const isTypeName = (value: unknown) => typeNames.includes(value as string)

const styles = 'matrix label simple form spaceDelimited pipeDelimited deepObject'.split(' ')
const style: Rule = {
  fits: (value) => styles.includes(value as string),
  message:
    'The style does not exist in OpenAPI 3.1 and is left out. Use form, simple or another of its styles.'
}
const text: Rule = {
  fits: isString,
  message: 'The value is not a string and is left out. Write a string.'
}
const flag: Rule = {
  fits: (value) => typeof value === 'boolean',
  message: 'The value is not a boolean and is left out. Write true or false.'
}
const number: Rule = {
  fits: isNumber,
  message: 'The value is not a number and is left out. Write a number.'
}
const count: Rule = {
  fits: isCount,
  message: 'The value is not a whole number from 0 and is left out. Write one.'
}
const list: Rule = {
  fits: Array.isArray,
  message: 'The value is not a list and is left out. Write a list.'
}
const object: Rule = {
  fits: isObject,
  message: 'The value is not an object and is left out. Write an object.'
}
const strings: Rule = {
  fits: isStrings,
  message: 'The value is not a list of strings and is left out. Write one.'
}
const step: Rule = {
  fits: (value) => isNumber(value) && value > 0,
  message: 'The value is not a number above 0 and is left out. Write one.'
}
const type: Rule = {
  fits: (value) =>
    Array.isArray(value) ? value.length > 0 && value.every(isTypeName) : isTypeName(value),
  message: 'The type does not exist in JSON Schema and is left out. Correct it.'
}

const rules = (rule: Rule, ...keys: string[]) => keys.map((key): [string, Rule] => [key, rule])

const texts = rules(text, 'summary', 'description')
const valued = [
  ...texts,
  ...rules(flag, 'required', 'deprecated', 'explode'),
  ...rules(style, 'style')
]
const flags = rules(flag, 'allowEmptyValue', 'allowReserved')

const fields: Partial<Record<Kind, ReadonlyMap<string, Rule>>> = {
  pathItem: new Map(texts),
  operation: new Map([...texts, ...rules(flag, 'deprecated'), ...rules(object, 'externalDocs')]),
  parameter: new Map([...valued, ...flags]),
  header: new Map(valued),
  requestBody: new Map([...texts, ...rules(flag, 'required')]),
  encoding: new Map([
    ...rules(text, 'contentType'),
    ...rules(style, 'style'),
    ...rules(flag, 'explode'),
    ...flags
  ]),
  response: new Map(texts),
  example: new Map([...texts, ...rules(text, 'externalValue')]),
  link: new Map([...texts, ...rules(object, 'parameters')]),
  schema: new Map([
    ...rules(text, '$comment', 'contentEncoding', 'contentMediaType', 'description', 'format'),
    ...rules(text, 'pattern', 'title'),
    ...rules(flag, 'deprecated', 'readOnly', 'uniqueItems', 'writeOnly'),
    ...rules(number, 'exclusiveMaximum', 'exclusiveMinimum', 'maximum', 'minimum'),
    ...rules(step, 'multipleOf'),
    ...rules(count, 'maxContains', 'maxItems', 'maxLength', 'maxProperties'),
    ...rules(count, 'minContains', 'minItems', 'minLength', 'minProperties'),
    ...rules(strings, 'required'),
    ...rules(list, 'enum', 'examples'),
    ...rules(object, 'dependentRequired', 'discriminator', 'externalDocs', 'xml'),
    ...rules(type, 'type')
  ])
}

/** Fields of OpenAPI 3.1 that hold no part of a document and have no rule; a schema may have any. */
const others: Partial<Record<Kind, string>> = {
  pathItem: '$ref servers',
  operation: 'tags operationId security servers',
  parameter: '$ref name in example',
  header: '$ref example',
  requestBody: '$ref',
  media: 'example',
  encoding: '',
  response: '$ref',
  example: '$ref value',
  link: '$ref operationRef operationId requestBody server'
}
const known = new Map(
  Object.entries(others).map(([kind, keys]) => [kind, new Set(keys.split(' '))])
)
/** Parts that only OpenAPI 3.2 has a place for. */
const newer = new Set(['query', 'additionalOperations'])

/** Whether a field has no meaning in OpenAPI 3.1 and is no extension. */
export function isUnknown(kind: Kind, key: string): boolean {
  const keys = known.get(kind)
  if (keys === undefined || key.startsWith('x-')) return false
  const isPart = grammar[kind].has(key) && !newer.has(key)
  return !isPart && fields[kind]?.has(key) !== true && !keys.has(key)
}

/** What is wrong with the value of a field that holds no part of the document; null where nothing is. */
export function mismatchOf(kind: Kind, key: string, value: unknown): string | null {
  const rule = fields[kind]?.get(key)
  return rule === undefined || rule.fits(value) ? null : rule.message
}
