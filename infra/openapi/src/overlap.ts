import { canonical, isObject } from './json.ts'
import { type Place, spelled } from './location.ts'
import { casesOf, type Flat, flatten, knows, propertyOf, type Type } from './resolved-schema.ts'

/** Properties are looked into so deep. */
const maxDepth = 3
/** Alternatives of alternatives beyond this many are not compared. */
const maxCases = 16

const saidBy = ({ said }: Flat, keyword: string) =>
  (said.get(keyword) ?? []).map(({ value }) => value)

/** Whether both say something of a keyword, and nothing that is the same: what it excludes is then not known. */
function differIn(one: Flat, other: Flat, keyword: string): boolean {
  const [ours, theirs] = [saidBy(one, keyword), saidBy(other, keyword)]
  return ours.length > 0 && theirs.length > 0 && !ours.some((value) => theirs.includes(value))
}

const isBelow = (one: Flat, other: Flat) => {
  const limits = (flat: Flat, ...keywords: string[]) =>
    keywords.flatMap((keyword) => saidBy(flat, keyword)).map(Number)
  const most = Math.min(...limits(one, 'maximum', 'exclusiveMaximum'))
  return most < Math.max(...limits(other, 'minimum', 'exclusiveMinimum'))
}

/** Whether a property tells the two apart: one needs it, and the other does not know it or gives it other values. */
function differInProperty(one: Flat, other: Flat, name: string, depth: number): boolean {
  if (!knows(one, name) || !knows(other, name)) return true
  const [ours, theirs] = [propertyOf(one, name), propertyOf(other, name)]
  return ours.some((place) =>
    theirs.some((those) => areDisjoint(flatten(place), flatten(those), depth + 1))
  )
}

function differAs(type: Type, one: Flat, other: Flat, depth: number): boolean {
  if (type === 'string') return differIn(one, other, 'format') || differIn(one, other, 'pattern')
  if (type === 'integer' || type === 'fraction') return isBelow(one, other) || isBelow(other, one)
  if (type !== 'object') return false
  const required = [...one.required, ...other.required]
  return required.some((name) => differInProperty(one, other, name, depth))
}

function areCasesDisjoint(one: Flat, other: Flat, depth: number): boolean {
  const shared = [...one.types].filter((type) => other.types.has(type))
  if (one.values && other.values) {
    const values = new Set(one.values.map(canonical))
    return !other.values.some((value) => values.has(canonical(value)))
  }
  return shared.every((type) => differAs(type, one, other, depth))
}

/**
 * Whether no value is of both schemas, as far as that can be seen. Nobody sends a property that a schema does not
 * name; texts of two formats or patterns are taken to differ.
 */
export function areDisjoint(one: Flat, other: Flat, depth = 0): boolean {
  if (depth > maxDepth) return false
  const [ours, theirs] = [casesOf(one), casesOf(other)]
  if (ours.length * theirs.length > maxCases ** 2) return true
  return ours.every((a) => theirs.every((b) => areCasesDisjoint(a, b, depth)))
}

type Pair = [one: Place, other: Place]

function pairsOf({ exclusive }: Flat): Pair[] {
  return exclusive.flatMap((branches) =>
    branches.flatMap((one, at) => branches.slice(at + 1).map((other): Pair => [one, other]))
  )
}

const nameOf = (place: Place) =>
  isObject(place.node) && typeof place.node.$ref === 'string' ? place.node.$ref : spelled(place)

const keyOf = (pair: Pair) => pair.map(nameOf).sort().join(' ')
const overlap = ([one, other]: Pair) => !areDisjoint(flatten(one), flatten(other))

/**
 * The pairs of alternatives of a `oneOf` that some value may match at once, so that it is refused, where the schema
 * from before has no such pair.
 */
export function newOverlaps(before: Flat, now: Flat): Pair[] {
  const known = new Set(pairsOf(before).filter(overlap).map(keyOf))
  return pairsOf(now).filter((pair) => {
    const isNew = !known.has(keyOf(pair)) && overlap(pair)
    return isNew && pair.every((branch) => !areDisjoint(before, flatten(branch)))
  })
}
