import { isObject, listIn } from '../docs/json.ts'
import { type Flat, type Said, type Type, typeOf, types } from './flat.ts'
import { below, keysOf, membersOf, type Place, spelled } from './place.ts'

const everything: ReadonlySet<Type> = new Set(types)

function typeSet(type: unknown): ReadonlySet<Type> {
  if (type === undefined) return everything
  const named = [type].flat().flatMap((name): Type[] => {
    return name === 'number' ? ['integer', 'fraction'] : [name as Type]
  })
  return new Set(named)
}

const structural = new Set(
  '$ref $defs type enum const required properties patternProperties additionalProperties items allOf anyOf oneOf'.split(
    ' '
  )
)
/** Assertions that are compared; whatever else a schema says is no limit for its values. */
const assertions = new Set(
  `minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format minItems maxItems
  uniqueItems prefixItems contains minContains maxContains minProperties maxProperties propertyNames dependentRequired
  dependentSchemas unevaluatedProperties unevaluatedItems not if then else contentEncoding contentMediaType`.split(
    /\s+/
  )
)

function saidOf(place: Place): Map<string, Said[]> {
  const keys = keysOf(place).filter((key) => assertions.has(key) && !structural.has(key))
  return new Map(
    keys.map((key) => {
      const at = below(place, key)
      return [key, [{ value: at.node, spelling: spelled(at), place: at }]]
    })
  )
}

/** The values that a schema lists; null where it lists none. */
function listed(node: unknown): readonly unknown[] | null {
  if (!isObject(node) || '$ref' in node) return null
  if ('const' in node) return [node.const]
  if (Array.isArray(node.enum)) return node.enum
  // What TypeBox makes of a union of literals.
  const branches = Array.isArray(node.anyOf) ? node.anyOf.map(listed) : [null]
  return branches.includes(null) ? null : branches.flatMap((branch) => branch ?? [])
}

function choicesOf(place: Place): Place[][] {
  const listing = listed(place.node) !== null
  const any = listing ? [] : membersOf(below(place, 'anyOf'))
  return [any, membersOf(below(place, 'oneOf'))].filter(({ length }) => length > 0)
}

/** What a schema says itself, without what its references and `allOf` say. */
export function own(place: Place): Flat {
  const { node } = place
  const json = isObject(node) ? node : {}
  const values = listed(node)
  const declared = typeSet(json.type)
  const possible = values?.filter((value) => declared.has(typeOf(value))) ?? null
  const items = below(place, 'items')
  const [properties, patterns] = [below(place, 'properties'), below(place, 'patternProperties')]
  const additional = below(place, 'additionalProperties')
  return {
    place,
    types: node === false ? new Set() : possible ? new Set(possible.map(typeOf)) : declared,
    values: possible,
    said: saidOf(place),
    required: new Set(listIn(json.required).map(String)),
    shapes: [{ properties, patterns, additional }],
    items: items.node === undefined ? [] : [items],
    choices: choicesOf(place)
  }
}
