import { pointerOf, type Trail } from './findings.ts'
import { isObject, type Json, valueAt } from './json.ts'
import type { Kind } from './objects.ts'
import { eachPart } from './traverse.ts'
import type { Dialect } from './upgrade.ts'

/** Where the references of a schema are counted from, and whose rules it is written by. */
interface Scope {
  base: string
  dialect: Dialect
}

/** Reads the schemas of one document the way that their `$id`s, anchors and dialects ask for. */
export interface Scopes {
  dialectOf: (schema: Json) => Dialect
  /** A reference as a pointer from the root of the document; undefined where it leads out of it. */
  pointerOf: (node: Json, reference: string) => string | undefined
  /** Where a schema with a dynamic anchor stands; undefined for any other. */
  placeOf: (schema: Json) => string | undefined
  /** Whether some schema has this dynamic anchor. */
  hasDynamic: (anchor: string) => boolean
}

// Nothing is ever asked for by this name: references are counted from it.
const root = 'http://document.invalid/'

function dialectNamed(uri: unknown, otherwise: Dialect): Dialect {
  if (typeof uri !== 'string') return otherwise
  return /json-schema\.org\/draft-0\d\//.test(uri) ? 'old' : '2020-12'
}

/** What each URI of a document's schemas names, as a pointer, and the scopes of schemas that have one of their own. */
function survey(document: Json, outer: Scope) {
  const named = new Map<string, string>([[root, '#']])
  const scopes = new Map<Json, Scope>()
  const dynamic = new Map<Json, string>()

  function note(uri: string | undefined, trail: Trail) {
    if (uri !== undefined && !named.has(uri))
      named.set(uri, `#${pointerOf(trail).replaceAll('%', '%25')}`)
  }

  function scopeOf(schema: Json, trail: Trail, { base, dialect }: Scope): Scope {
    const { $id, $schema, $anchor, $dynamicAnchor } = schema
    const own = typeof $id === 'string' ? (URL.parse($id, base)?.href ?? base) : base
    const resource = own.replace(/#.*$/, '')
    if (typeof $id === 'string') note(resource, trail)
    if (typeof $dynamicAnchor === 'string')
      dynamic.set(schema, `#${pointerOf(trail).replaceAll('%', '%25')}`)
    for (const anchor of [$anchor, $dynamicAnchor]) {
      if (typeof anchor === 'string') note(`${resource}#${anchor}`, trail)
    }
    return { base: resource, dialect: dialectNamed($schema, dialect) }
  }

  function enter(node: unknown, kind: Kind, trail: Trail, scope: Scope) {
    if (!isObject(node)) return
    const inner = kind === 'schema' ? scopeOf(node, trail, scope) : scope
    if (inner.base !== root || inner.dialect !== outer.dialect) scopes.set(node, inner)
    eachPart(node, kind, trail, (value, part, at) => enter(value, part, at, inner))
  }

  enter(document, 'document', null, outer)
  return { named, scopes, dynamic }
}

const known = new WeakMap<Json, Scopes>()

/** Reads `$id`, anchors and dialects out of a document, once. OpenAPI 3.0 knows none of them. */
export function scopesOf(document: Json): Scopes {
  const scopes = known.get(document) ?? readScopes(document)
  known.set(document, scopes)
  return scopes
}

function readScopes(document: Json): Scopes {
  const old = String(document.openapi).startsWith('3.0')
  const outer: Scope = {
    base: root,
    dialect: old ? '3.0' : dialectNamed(document.jsonSchemaDialect, '2020-12')
  }
  const { named, scopes, dynamic } = old
    ? {
        named: new Map<string, string>(),
        scopes: new Map<Json, Scope>(),
        dynamic: new Map<Json, string>()
      }
    : survey(document, outer)
  const within = (base: string, reference: string) => {
    const uri = URL.parse(reference, base)?.href ?? ''
    const [resource = '', fragment = ''] = uri.split('#')
    if (fragment !== '' && !fragment.startsWith('/')) return named.get(uri)
    const start = named.get(resource)
    return start && start + fragment
  }
  return {
    placeOf: (schema) => dynamic.get(schema),
    hasDynamic: (anchor) =>
      [...dynamic.keys()].some(({ $dynamicAnchor }) => $dynamicAnchor === anchor),
    dialectOf: (schema) => scopes.get(schema)?.dialect ?? outer.dialect,
    pointerOf(node, reference) {
      const base = scopes.get(node)?.base ?? root
      if (base === root && reference.startsWith('#/')) return reference
      const strict = within(base, reference)
      if (strict !== undefined && valueAt(document, strict) !== undefined) return strict
      // Many who give their schemas an `$id` still count references from the root of the document.
      return reference.startsWith('#/') ? reference : strict
    }
  }
}
