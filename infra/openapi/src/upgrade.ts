import { escaped } from './findings.ts'
import {
  follow,
  isObject,
  type Json,
  listIn,
  objectIn,
  tokensOf,
  valueAt,
  without
} from './json.ts'
import { isUnknown, type Kind, mismatchOf, placeOf, sections } from './objects.ts'
import { type Scopes, scopesOf } from './references.ts'
import type { Visit } from './traverse.ts'

const schemas = '#/components/schemas/'

function nameIn(reference: unknown): string | null {
  const [root, section, name, ...rest] = tokensOf(String(reference)) ?? []
  return root === 'components' && section === 'schemas' && rest.length === 0 ? (name ?? null) : null
}

const referenceTo = (name: string) => schemas + escaped(name).replaceAll('%', '%25')

/** The schema that a value of a discriminator's mapping names, be it by a pointer or by its bare name; null where it names none. */
export function schemaNamed(components: Json, target: unknown): string | null {
  const name = Object.hasOwn(components, String(target)) ? String(target) : nameIn(target)
  return name !== null && Object.hasOwn(components, name) ? name : null
}

/** Which schemas say by `allOf` that they are kinds of this one, directly. */
function childrenIn(components: Json) {
  const children = new Map<string, string[]>()
  for (const [child, schema] of Object.entries(components)) {
    for (const part of listIn(objectIn(schema).allOf)) {
      const parent = nameIn(objectIn(part).$ref)
      if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), child])
    }
  }
  return children
}

/**
 * Gives a function that writes out the mapping which a discriminator implies by the names of schemas, so that
 * a schema may be renamed; bare names in a mapping become references, and what leads nowhere is left out.
 */
export function discriminated(document: Json) {
  const components = objectIn(objectIn(document.components).schemas)
  const children = childrenIn(components)
  const names = new Map(Object.entries(components).map(([name, schema]) => [schema, name]))

  function implied(schema: Json): string[] {
    const variants = [...listIn(schema.oneOf), ...listIn(schema.anyOf)]
    if (variants.length > 0) {
      return variants
        .map((variant) => nameIn(objectIn(variant).$ref))
        .filter((name) => name !== null)
    }
    const kinds = new Set([names.get(schema) ?? ''])
    // A set gives what is added while it is gone through as well: kinds of kinds.
    for (const kind of kinds) for (const child of children.get(kind) ?? []) kinds.add(child)
    return [...kinds].slice(1)
  }

  return (schema: Json, original: Json): Json => {
    const { discriminator } = schema
    if (!isObject(discriminator) || typeof discriminator.propertyName !== 'string') return schema
    const written = Object.entries(objectIn(discriminator.mapping)).flatMap(([value, target]) => {
      const name = schemaNamed(components, target)
      return name === null ? [] : [[value, referenceTo(name)] as const]
    })
    const mapped = new Set(written.map(([, reference]) => reference))
    const rest = implied(original).map((name) => [name, referenceTo(name)] as const)
    const mapping = [...rest.filter(([, reference]) => !mapped.has(reference)), ...written]
    const rest31 = without(discriminator, 'defaultMapping')
    return { ...schema, discriminator: { ...rest31, mapping: Object.fromEntries(mapping) } }
  }
}

/** Whose rules a schema is written by: OpenAPI 3.0, JSON Schema up to draft 7, or 2020-12 as in OpenAPI 3.1. */
export type Dialect = '3.0' | 'old' | '2020-12'

function withNull({ nullable, ...schema }: Json): Json {
  // OpenAPI 3.0.3: nullable widens the type beside it and nothing else; an enum without null still refuses it.
  if (nullable !== true || schema.type === undefined) return schema
  return { ...schema, type: [...new Set([schema.type, 'null'].flat())] }
}

function withNumericBound(schema: Json, exclusive: string, inclusive: string): Json {
  if (typeof schema[exclusive] !== 'boolean') return schema
  const rest = without(schema, exclusive)
  if (schema[exclusive] === false || rest[inclusive] === undefined) return rest
  return { ...without(rest, inclusive), [exclusive]: rest[inclusive] }
}

/** A list of items, as it was written before 2020-12. */
function withPrefixItems(schema: Json): Json {
  if (!Array.isArray(schema.items)) return schema
  const { items, additionalItems, ...rest } = schema
  return {
    ...rest,
    prefixItems: items,
    ...(additionalItems !== undefined && { items: additionalItems })
  }
}

/** `dependencies` as the two keywords that it became. */
function withDependents(schema: Json): Json {
  if (!isObject(schema.dependencies)) return schema
  const { dependencies, ...rest } = schema
  const entries = Object.entries(schema.dependencies)
  const required = entries.filter(([, value]) => Array.isArray(value))
  const schemas = entries.filter(([, value]) => !Array.isArray(value))
  return {
    ...rest,
    ...(required.length > 0 && { dependentRequired: Object.fromEntries(required) }),
    ...(schemas.length > 0 && { dependentSchemas: Object.fromEntries(schemas) })
  }
}

/** Readers of 3.0 know `format: byte`, readers of 3.1 `contentEncoding`: both are told. */
function withEncoding(schema: Json): Json {
  return schema.format === 'byte' ? { ...schema, contentEncoding: 'base64' } : schema
}

const bounds = [
  ['exclusiveMinimum', 'minimum'],
  ['exclusiveMaximum', 'maximum']
] as const

const changing = [
  'exclusiveMinimum',
  'exclusiveMaximum',
  'items',
  'dependencies',
  'nullable',
  'format'
]

/**
 * A schema object in the words of OpenAPI 3.1 (JSON Schema 2020-12) that accepts the same values as it does by
 * the rules of its own dialect. Its parts are not entered. A boolean bound and a list of `items` are read as
 * they were meant in newer dialects too, where they have no meaning.
 */
export function modernise(schema: Json, dialect: Dialect): Json {
  // Before 2019-09, and in OpenAPI 3.0, whatever stands beside a reference is ignored.
  if (dialect !== '2020-12' && typeof schema.$ref === 'string') return { $ref: schema.$ref }
  if (!changing.some((key) => schema[key] !== undefined)) return schema
  const bounded = bounds.reduce(
    (made, [exclusive, inclusive]) => withNumericBound(made, exclusive, inclusive),
    schema
  )
  const listed = withPrefixItems(bounded)
  if (dialect === 'old') return withDependents(listed)
  return dialect === '3.0' ? withEncoding(withNull(listed)) : listed
}

/** What stands for a reference that leads nowhere: as little as its place allows. */
export function stub(node: Json, kind: Kind): Json | undefined {
  if (kind === 'schema') return without(node, '$ref')
  return kind === 'response' ? { description: '' } : undefined
}

/** What is wrong with the end of a reference; null where it can be kept. `pointer` is undefined where it leads out. */
export function mismatchOfReference(document: Json, pointer: string | undefined, kind: Kind) {
  if (pointer === undefined)
    return 'The reference leads to another document, which is not read. Move its target here.'
  const target = valueAt(document, pointer)
  const found =
    kind === 'schema'
      ? typeof target === 'boolean' || isObject(target)
      : (kind === 'media' || sections[kind] !== undefined) && follow(document, target) !== undefined
  return found ? null : `The reference ${pointer} leads nowhere. Add its target or correct it.`
}

/** A schema that refers by a name that depends on who refers to it, as one that always refers to the same. */
function withStaticReference(node: Json): Json {
  if (typeof node.$dynamicRef !== 'string') return node
  const { $dynamicRef: $ref, ...rest } = node
  if (rest.$ref === undefined) return { ...rest, $ref }
  return { ...rest, allOf: [...(Array.isArray(rest.allOf) ? rest.allOf : []), { $ref }] }
}

/** The fields of a kind, without those that OpenAPI 3.1 does not have and those whose value has a wrong type; `$ref` stays for who asks where it leads. */
function fitting(node: Json, kind: Kind, document: Json): Json {
  const wrong = Object.entries(node).filter(([key, value]) => {
    if (key === '$ref') return typeof value !== 'string'
    return (
      isUnknown(kind, key) ||
      danglesIn(document, key, value) ||
      (placeOf(kind, key) === undefined && mismatchOf(kind, key, value) !== null)
    )
  })
  return wrong.length === 0 ? node : without(node, ...wrong.map(([key]) => key))
}

const identifiers = ['$anchor', '$dynamicAnchor', '$id', '$schema']

function schemaIn31(node: Json, scopes: Scopes): Json {
  const modern = withStaticReference(modernise(node, scopes.dialectOf(node)))
  const named = identifiers.some((key) => modern[key] !== undefined)
  return named ? without(modern, ...identifiers) : modern
}

function keepReference(node: Json, kind: Kind, reference: string, old: boolean) {
  const referring = node.$ref === reference ? node : { ...node, $ref: reference }
  if (kind === 'schema' || kind === 'pathItem') return referring
  // A Reference Object has no other fields than these, in 3.0 not even them.
  const { $ref, summary, description } = referring
  if (old) return { $ref }
  return {
    $ref,
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description })
  }
}

/** Whether an extension refers to what is no component of its document. */
export function danglesIn(document: Json, key: string, value: unknown): boolean {
  if (!key.startsWith('x-') || typeof value !== 'object' || value === null) return false
  if (isObject(value) && typeof value.$ref === 'string') {
    return kindNamed(value.$ref) === undefined || valueAt(document, value.$ref) === undefined
  }
  return Object.values(value).some((part) => danglesIn(document, key, part))
}

/** The kind of the component that a reference names; undefined where it names none. */
export function kindNamed(reference: string): Kind | undefined {
  const [root, section, name, ...rest] = tokensOf(reference) ?? []
  if (root !== 'components' || name === undefined || rest.length > 0) return undefined
  return Object.keys(sections).find((kind) => sections[kind as Kind] === section) as
    | Kind
    | undefined
}

/** With what OpenAPI 3.2 writes in another way than 3.1. */
function lowered(node: Json, kind: Kind, document: Json): Json {
  if (kind === 'media' && typeof node.$ref === 'string') return follow(document, node) ?? {}
  if (kind !== 'example' || node.dataValue === undefined) return node
  const { dataValue: value, ...rest } = node
  return { value, ...rest }
}

const statuses = /^([1-5](\d\d|XX)|default|x-.*)$/i

/** Whether a key of responses is a status, a class of them, `default` or an extension. */
export const isStatus = (key: string) => statuses.test(key)

/** With the fields that OpenAPI asks for and many leave out. */
function completed(node: Json, kind: Kind): Json {
  if (kind === 'response' && node.description === undefined) return { description: '', ...node }
  if (kind === 'requestBody' && node.content === undefined) return { ...node, content: {} }
  if (kind === 'operation' && isObject(node.responses)) {
    const entries = Object.entries(node.responses)
      .map(([status, response]) => [status.replace(/xx$/i, 'XX'), response] as const)
      .filter(([status]) => isStatus(status))
    return { ...node, responses: Object.fromEntries(entries) }
  }
  if (kind !== 'parameter' && kind !== 'header') return node
  const isBare = node.schema === undefined && node.content === undefined
  const both = node.schema !== undefined && node.content !== undefined
  return {
    ...(both ? without(node, 'content') : node),
    ...(isBare && { schema: {} }),
    ...(kind === 'parameter' && node.in === 'path' && { required: true })
  }
}

/** The schemas of `$defs` that give a dynamic anchor its meaning where this schema is used, as pointers by anchor. */
function bindingsOf(schema: Json, scopes: Scopes): Map<string, string> {
  const named = Object.values(objectIn(schema.$defs)).flatMap((part) => {
    const { $dynamicAnchor: anchor } = objectIn(part)
    const pointer = typeof anchor === 'string' && scopes.placeOf(objectIn(part))
    return pointer ? [[String(anchor), pointer] as const] : []
  })
  return new Map(named)
}

/**
 * Gives what writes a generic schema out where its parameters are bound: a `$ref` beside `$defs` with dynamic anchors
 * (JSON Schema 2020-12, section 8.2.3.2) becomes a copy of what it refers to, which refers to what is bound.
 */
function binder(document: Json, scopes: Scopes) {
  function copy(
    node: unknown,
    bound: ReadonlyMap<string, string>,
    above: readonly string[]
  ): unknown {
    if (Array.isArray(node)) return node.map((part) => copy(part, bound, above))
    if (!isObject(node)) return node
    const { $dynamicRef, $ref, ...rest } = node
    const kept = Object.entries(without(rest, ...identifiers, '$defs'))
    const copied = Object.fromEntries(kept.map(([key, part]) => [key, copy(part, bound, above)]))
    const binding = bound.get(String($dynamicRef).replace(/^.*#/, ''))
    if (binding !== undefined) return { ...copied, $ref: binding }
    const reference = $ref ?? $dynamicRef
    if (typeof reference !== 'string') return $ref === undefined ? copied : { ...copied, $ref }
    const pointer = scopes.pointerOf(node, reference) ?? reference
    const target = valueAt(document, pointer)
    if (above.includes(pointer) || !usesAny(target, bound)) return { ...copied, $ref: pointer }
    const inner = copy(target, bound, [...above, pointer])
    return Object.keys(copied).length === 0
      ? inner
      : { ...copied, allOf: [inner, ...listIn(copied.allOf)] }
  }

  return (schema: Json): Json => {
    if (typeof schema.$ref !== 'string' || !isObject(schema.$defs)) return schema
    const bound = bindingsOf(schema, scopes)
    if (bound.size === 0) return schema
    return objectIn(copy(schema, bound, []))
  }
}

function usesAny(node: unknown, bound: ReadonlyMap<string, string>): boolean {
  if (typeof node !== 'object' || node === null) return false
  const { $dynamicRef } = node as Json
  return (
    (typeof $dynamicRef === 'string' && bound.has($dynamicRef.replace(/^.*#/, ''))) ||
    Object.values(node).some((part) => usesAny(part, bound))
  )
}

/**
 * Gives what puts each object of a document into the words of OpenAPI 3.1: every reference is then a pointer from
 * the root of that document, and leads somewhere.
 */
export function normaliser(document: Json): Visit {
  const scopes = scopesOf(document)
  const discriminate = discriminated(document)
  const bind = binder(document, scopes)
  const old = String(document.openapi).startsWith('3.0')
  return (node, kind) => {
    const plain = kind === 'schema' ? schemaIn31(bind(node), scopes) : lowered(node, kind, document)
    const modern = fitting(plain, kind, document)
    if (typeof modern.$ref !== 'string')
      return kind === 'schema' ? discriminate(modern, node) : completed(modern, kind)
    const pointer = scopes.pointerOf(node, modern.$ref)
    if (pointer === undefined || mismatchOfReference(document, pointer, kind) !== null) {
      return stub(modern, kind)
    }
    const kept = keepReference(modern, kind, pointer, old)
    return kind === 'schema' ? discriminate(kept, node) : kept
  }
}
