import { discriminated } from './discriminator.ts'
import { misfit } from './fields.ts'
import { type Kind, placeOf, sections } from './grammar.ts'
import { follow, isObject, type Json, valueAt, without } from './json.ts'
import { modernise } from './modernise.ts'
import { type Scopes, scopesOf } from './scopes.ts'
import type { Visit } from './walk.ts'

/** What stands for a reference that leads nowhere: as little as its place allows. */
export function stub(node: Json, kind: Kind): Json | undefined {
  if (kind === 'schema') return without(node, '$ref')
  return kind === 'response' ? { description: '' } : undefined
}

/** What is wrong with the end of a reference; null where it can be kept. `pointer` is undefined where it leads out. */
export function faultOfReference(document: Json, pointer: string | undefined, kind: Kind) {
  if (pointer === undefined) return 'refers to another document'
  const target = valueAt(document, pointer)
  const found =
    kind === 'schema'
      ? typeof target === 'boolean' || isObject(target)
      : sections[kind] !== undefined && follow(document, target) !== undefined
  return found ? null : `refers to ${pointer}, which leads nowhere`
}

/** A schema that refers by a name that depends on who refers to it, as one that always refers to the same. */
function withStaticReference(node: Json): Json {
  if (typeof node.$dynamicRef !== 'string') return node
  const { $dynamicRef: $ref, ...rest } = node
  if (rest.$ref === undefined) return { ...rest, $ref }
  return { ...rest, allOf: [...(Array.isArray(rest.allOf) ? rest.allOf : []), { $ref }] }
}

/** The fields of a kind, without those whose value has a wrong type; `$ref` stays for who asks where it leads. */
function fitting(node: Json, kind: Kind): Json {
  const wrong = Object.entries(node).filter(([key, value]) => {
    if (key === '$ref') return typeof value !== 'string'
    return placeOf(kind, key) === undefined && misfit(kind, key, value) !== null
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

/** With the fields that OpenAPI asks for and many leave out. */
function completed(node: Json, kind: Kind): Json {
  if (kind === 'response' && node.description === undefined) return { description: '', ...node }
  if (kind === 'parameter' && node.in === 'path') return { ...node, required: true }
  return node
}

/**
 * Gives what puts each object of a document into the words of OpenAPI 3.1: every reference is then a pointer from
 * the root of that document, and leads somewhere.
 */
export function normaliser(document: Json): Visit {
  const scopes = scopesOf(document)
  const discriminate = discriminated(document)
  const old = String(document.openapi).startsWith('3.0')
  return (node, kind) => {
    const modern = fitting(kind === 'schema' ? schemaIn31(node, scopes) : node, kind)
    if (typeof modern.$ref !== 'string')
      return kind === 'schema' ? discriminate(modern, node) : completed(modern, kind)
    const pointer = scopes.pointerOf(node, modern.$ref)
    if (pointer === undefined || faultOfReference(document, pointer, kind) !== null) {
      return stub(modern, kind)
    }
    const kept = keepReference(modern, kind, pointer, old)
    return kind === 'schema' ? discriminate(kept, node) : kept
  }
}
