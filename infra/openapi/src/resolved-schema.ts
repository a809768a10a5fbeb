import { canonical, isObject, listIn, patternOf } from './json.ts'
import { below, followed, keysOf, membersOf, type Place, spelled, target } from './location.ts'

/** `number` is both whole and broken numbers, so that `integer` is a part of it. */
export const types = [
  'null',
  'boolean',
  'integer',
  'fraction',
  'string',
  'array',
  'object'
] as const
export type Type = (typeof types)[number]

/** The type of a value, in the words of `types`. */
export function typeOf(value: unknown): Type {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'bigint') return 'integer'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction'
  return typeof value as Type
}

/** A keyword with its value and where it stands. */
export interface Said {
  value: unknown
  /** What two equal ones have in common. */
  spelling: string
  place: Place
}

/** What one schema says of the properties of an object: those that it does not name are its `additional`. */
export interface Shape {
  properties: Place
  patterns: Place
  additional: Place
}

/** A schema without references and `allOf`: everything here holds at once. */
export interface Flat {
  place: Place
  types: ReadonlySet<Type>
  /** The values of `enum` or `const`; null where there is neither. */
  values: readonly unknown[] | null
  /** All other assertions by keyword. */
  said: ReadonlyMap<string, readonly Said[]>
  required: ReadonlySet<string>
  shapes: readonly Shape[]
  items: readonly Place[]
  /** `anyOf` and `oneOf`: of each list, one holds. */
  choices: readonly (readonly Place[])[]
  /** `oneOf` with several schemas: of each list, exactly one holds. */
  exclusive: readonly (readonly Place[])[]
}

/** All types: what a schema without `type` allows. */
export const everything: ReadonlySet<Type> = new Set(types)

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
    choices: choicesOf(place),
    exclusive: [membersOf(below(place, 'oneOf'))].filter(({ length }) => length > 1)
  }
}

const common = <T>(one: Iterable<T>, other: ReadonlySet<T>) =>
  [...one].filter((each) => other.has(each))

/** What both say together. */
export function both(one: Flat, other: Flat): Flat {
  const said = new Map(one.said)
  for (const [key, list] of other.said) said.set(key, [...(said.get(key) ?? []), ...list])
  const allowed = new Set((other.values ?? []).map(canonical))
  const values =
    one.values && other.values
      ? one.values.filter((value) => allowed.has(canonical(value)))
      : (one.values ?? other.values)
  const shared = new Set(common(one.types, other.types))
  const possible = values?.filter((value) => shared.has(typeOf(value))) ?? null
  return {
    place: one.place,
    types: possible ? new Set(possible.map(typeOf)) : shared,
    values: possible,
    said,
    required: new Set([...one.required, ...other.required]),
    shapes: [...one.shapes, ...other.shapes],
    items: [...one.items, ...other.items],
    choices: [...one.choices, ...other.choices],
    exclusive: [...one.exclusive, ...other.exclusive]
  }
}

/** A schema with its references and `allOf` put together. `above` are the references on the way here. */
export function flatten(place: Place, above: readonly string[] = []): Flat {
  const { node } = place
  const parts = [
    own(place),
    ...membersOf(below(place, 'allOf')).map((part) => flatten(part, above))
  ]
  // JSON Schema 2020-12: what stands beside a reference holds as well.
  if (isObject(node) && typeof node.$ref === 'string' && !above.includes(node.$ref)) {
    parts.unshift(flatten(target(place), [...above, node.$ref]))
  }
  return parts.reduce(both)
}

/** The schemas without any choice that a schema is made of: a value of it is one of theirs. */
export function casesOf(flat: Flat, above: readonly string[] = []): Flat[] {
  let cases: Flat[] = [{ ...flat, choices: [] }]
  for (const choice of flat.choices) {
    const branches = choice
      .filter(({ pointer }) => !above.includes(pointer))
      .flatMap((branch) => casesOf(flatten(branch), [...above, branch.pointer]))
    cases = cases.flatMap((one) => branches.map((branch) => both(one, branch)))
  }
  return cases.filter(({ types }) => types.size > 0)
}

function matching({ patterns }: Shape, name: string): Place[] {
  return keysOf(patterns)
    .filter((pattern) => patternOf(pattern)?.test(name))
    .map((pattern) => below(patterns, pattern))
}

function named(shape: Shape, name: string): Place[] {
  const own = below(shape.properties, name)
  return [...(own.node === undefined ? [] : [own]), ...matching(shape, name)]
}

/** The patterns of names that an object schema knows. */
export function knownPatterns({ shapes }: Flat): Set<string> {
  return new Set(shapes.flatMap(({ patterns }) => keysOf(patterns)))
}

/** All that holds for the properties whose names match a pattern of another schema; nothing where they may be anything. */
export function patternIn({ shapes }: Flat, pattern: string): Place[] {
  return shapes.flatMap((shape) => {
    const same = below(shape.patterns, pattern)
    if (same.node !== undefined) return [same]
    return shape.additional.node === undefined ? [] : [shape.additional]
  })
}

/** The names of all properties that an object schema knows. */
export function knownNames({ shapes }: Flat): Set<string> {
  return new Set(shapes.flatMap(({ properties }) => keysOf(properties)))
}

/** Whether a schema says of a property by its name what it is. */
export function knows({ shapes }: Flat, name: string): boolean {
  return shapes.some((shape) => named(shape, name).length > 0)
}

/** All that holds for the value of a property; nothing where it may be anything. */
export function propertyOf({ shapes }: Flat, name: string): Place[] {
  return shapes.flatMap((shape) => {
    const own = named(shape, name)
    const other = shape.additional.node === undefined ? [] : [shape.additional]
    return own.length > 0 ? own : other
  })
}

/** What holds for properties that a schema does not name; nothing where they may be anything. */
export function additionalOf({ shapes }: Flat): Place[] {
  return shapes.map(({ additional }) => additional).filter(({ node }) => node !== undefined)
}

/** Whether a property is only of answers (`readOnly`) or only of requests (`writeOnly`). */
export function isOnly(flag: 'readOnly' | 'writeOnly', places: readonly Place[]): boolean {
  const says = ({ node }: Place) => isObject(node) && node[flag] === true
  return places.some((place) => says(place) || says(followed(place)))
}
