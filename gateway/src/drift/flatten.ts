import { canonical, isObject } from '../docs/json.ts'
import { type Flat, typeOf } from './flat.ts'
import { own } from './own.ts'
import { below, membersOf, type Place, target } from './place.ts'

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
    choices: [...one.choices, ...other.choices]
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
