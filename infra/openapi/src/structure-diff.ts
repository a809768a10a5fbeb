import { type Mismatch, mismatch } from './difference.ts'
import { below, membersOf, type Place } from './location.ts'
import {
  additionalOf,
  type Flat,
  isOnly,
  knownNames,
  knownPatterns,
  knows,
  patternIn,
  propertyOf
} from './resolved-schema.ts'

/** All that holds at one place of an instance; where nothing does, `at` tells where it would stand. */
export interface Meant {
  places: readonly Place[]
  at: Place
}

/** Which way values go: a client writes what is in a request, and reads what is in a response. */
export type Direction = 'request' | 'response'

/** What compares the inside of a value. */
export type Within = (sub: Meant, sup: Meant) => Mismatch[]

const prefixesOf = ({ said }: Flat): Place[] =>
  (said.get('prefixItems') ?? []).map(({ place }) => place)

const prefixLength = (flat: Flat) =>
  Math.max(0, ...prefixesOf(flat).map((place) => membersOf(place).length))

/** What holds for the item at an index. */
function itemAt(flat: Flat, index: number): Place[] {
  const prefixes = prefixesOf(flat).map((place) => below(place, index))
  const own = prefixes.filter(({ node }) => node !== undefined)
  return own.length > 0 ? own : [...flat.items]
}

const longest = ({ said }: Flat) =>
  Math.min(
    ...(said.get('maxItems') ?? []).map(({ value }) => Number(value)),
    Number.POSITIVE_INFINITY
  )

/** The ways in which the items of one array may be none of the other's. */
export function arrayMismatches(one: Flat, sup: Flat, within: Within): Mismatch[] {
  const fixed = Math.max(prefixLength(one), prefixLength(sup))
  const indices = Array.from({ length: fixed + 1 }, (_, index) => index)
  return indices
    .filter((index) => index < longest(one))
    .flatMap((index) => {
      const sub = { places: itemAt(one, index), at: below(one.place, 'items') }
      return within(sub, { places: itemAt(sup, index), at: below(sup.place, 'items') })
    })
}

const at = ({ place }: Flat, name: string): Place => below(place, 'properties', name)

const isRefused = (places: readonly Place[]) => places.some(({ node }) => node === false)

/** Whether fields without a name may be sent, and are of a kind. */
function isMap(flat: Flat): boolean {
  const places = additionalOf(flat)
  return places.length > 0 && !isRefused(places)
}

/** A property that only one of the sides knows; null where its values are to be compared. */
function knownByOne(one: Flat, sup: Flat, name: string, direction: Direction): Mismatch[] | null {
  const [ours, theirs] = [knows(one, name), knows(sup, name)]
  if (ours && theirs) return null
  if (direction === 'response') {
    // Clients do not mind what they do not know; they miss what they do.
    if (ours) return isMap(sup) ? null : []
    return [mismatch('removed', [at(one, name), 'not there'], [at(sup, name), 'there'])]
  }
  // Nobody has sent what had no name, but for the entries of a map.
  if (theirs) return isMap(one) ? null : []
  if (isMap(sup) || isRefused(propertyOf(one, name))) return null
  const rule = isRefused(propertyOf(sup, name)) ? 'refused' : 'ignored'
  return [mismatch(rule, [at(one, name), 'taken'], [at(sup, name), rule])]
}

function propertyMismatches(
  one: Flat,
  sup: Flat,
  direction: Direction,
  within: Within
): Mismatch[] {
  const flag = direction === 'request' ? 'readOnly' : 'writeOnly'
  const names = new Set([...knownNames(one), ...knownNames(sup)])
  return [...names].flatMap((name) => {
    const [sub, meant] = [propertyOf(one, name), propertyOf(sup, name)]
    if (isOnly(flag, meant)) return []
    const known = knownByOne(one, sup, name, direction)
    if (known) return known
    return within({ places: sub, at: at(one, name) }, { places: meant, at: at(sup, name) })
  })
}

function requiredMismatches(one: Flat, sup: Flat, direction: Direction): Mismatch[] {
  const flag = direction === 'request' ? 'readOnly' : 'writeOnly'
  const missing = [...sup.required].filter((name) => !one.required.has(name))
  const told = (name: string) => direction === 'response' && knows(sup, name) && !knows(one, name)
  return missing
    .filter((name) => !isOnly(flag, propertyOf(sup, name)) && !told(name))
    .map((name) => mismatch('required', [at(one, name), 'optional'], [at(sup, name), 'required']))
}

/** Properties whose names match a pattern of either schema. */
function patternMismatches(one: Flat, sup: Flat, within: Within): Mismatch[] {
  const patterns = new Set([...knownPatterns(one), ...knownPatterns(sup)])
  return [...patterns].flatMap((pattern) => {
    const [sub, meant] = [patternIn(one, pattern), patternIn(sup, pattern)]
    const where = (flat: Flat) => below(flat.place, 'patternProperties', pattern)
    if (isRefused(sub)) return []
    if (isRefused(meant)) {
      return [mismatch('refused', [where(one), 'taken'], [where(sup), 'refused'])]
    }
    return within({ places: sub, at: where(one) }, { places: meant, at: where(sup) })
  })
}

/** Properties that have no name in the schemas: of maps, and those that a closed object refuses. */
function additionalMismatches(
  one: Flat,
  sup: Flat,
  direction: Direction,
  within: Within
): Mismatch[] {
  const [sub, meant] = [additionalOf(one), additionalOf(sup)]
  if (isRefused(sub)) return []
  if (isRefused(meant)) {
    if (direction === 'response') return []
    return [
      mismatch(
        'closed',
        [one.place, 'unknown fields are taken'],
        [sup.place, 'unknown fields are refused']
      )
    ]
  }
  const where = (flat: Flat) => below(flat.place, 'additionalProperties')
  return within({ places: sub, at: where(one) }, { places: meant, at: where(sup) })
}

/** The ways in which an object of the one schema may be none of the other. */
export function objectMismatches(
  one: Flat,
  sup: Flat,
  direction: Direction,
  within: Within
): Mismatch[] {
  return [
    ...propertyMismatches(one, sup, direction, within),
    ...patternMismatches(one, sup, within),
    ...requiredMismatches(one, sup, direction),
    ...additionalMismatches(one, sup, direction, within)
  ]
}
