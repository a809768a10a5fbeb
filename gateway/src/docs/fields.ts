import type { Kind } from './grammar.ts'
import { isObject } from './json.ts'

interface Rule {
  fits: (value: unknown) => boolean
  fault: string
}

const isString = (value: unknown) => typeof value === 'string'
const isCount = (value: unknown) => typeof value === 'number' && value >= 0 && value % 1 === 0
const isStrings = (value: unknown) => Array.isArray(value) && value.every(isString)
const typeNames = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
const isTypeName = (value: unknown) => typeNames.includes(value as string)

const text: Rule = { fits: isString, fault: 'is no string' }
const flag: Rule = { fits: (value) => typeof value === 'boolean', fault: 'is no boolean' }
const number: Rule = { fits: (value) => typeof value === 'number', fault: 'is no number' }
const count: Rule = { fits: isCount, fault: 'is no number of things' }
const list: Rule = { fits: Array.isArray, fault: 'is no list' }
const object: Rule = { fits: isObject, fault: 'is no object' }
const strings: Rule = { fits: isStrings, fault: 'is no list of strings' }
const step: Rule = {
  fits: (value) => typeof value === 'number' && value > 0,
  fault: 'is no number above 0'
}
const type: Rule = {
  fits: (value) =>
    Array.isArray(value) ? value.length > 0 && value.every(isTypeName) : isTypeName(value),
  fault: 'is no type that JSON Schema knows'
}

const rules = (rule: Rule, ...keys: string[]) => keys.map((key): [string, Rule] => [key, rule])

const told = rules(text, 'summary', 'description')
const valued = [
  ...told,
  ...rules(flag, 'required', 'deprecated', 'explode'),
  ...rules(text, 'style')
]
const flags = rules(flag, 'allowEmptyValue', 'allowReserved')

const fields: Partial<Record<Kind, ReadonlyMap<string, Rule>>> = {
  pathItem: new Map(told),
  operation: new Map([...told, ...rules(flag, 'deprecated'), ...rules(object, 'externalDocs')]),
  parameter: new Map([...valued, ...flags]),
  header: new Map(valued),
  requestBody: new Map([...told, ...rules(flag, 'required')]),
  encoding: new Map([...rules(text, 'contentType', 'style'), ...rules(flag, 'explode'), ...flags]),
  response: new Map(told),
  example: new Map([...told, ...rules(text, 'externalValue')]),
  link: new Map([...told, ...rules(object, 'parameters')]),
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

/** What is wrong with the value of a field that holds no part of the document; null where nothing is. */
export function misfit(kind: Kind, key: string, value: unknown): string | null {
  const rule = fields[kind]?.get(key)
  return rule === undefined || rule.fits(value) ? null : rule.fault
}
