import type { Trail } from './finding.ts'
import { type Kind, type Place, placeOf } from './grammar.ts'
import { isObject, type Json } from './json.ts'

/** What stands at a place where the specification has an object of a known kind, or a list or map of them. */
export interface Part {
  value: unknown
  kind: Kind
  trail: Trail
}

type Wrong = (trail: Trail, fault: string) => void

function inMap(value: Json, [how, kind]: Place, up: Trail): Part[] {
  return Object.entries(value)
    .filter(([key]) => !(how === 'open' && key.startsWith('x-')))
    .map(([key, part]) => ({ value: part, kind, trail: { up, key } }))
}

function inPlace(value: unknown, place: Place, trail: Trail, wrong: Wrong): Part[] {
  const [how, kind] = place
  if (value === null || value === undefined) return []
  if (how === 'map' || how === 'open') {
    if (isObject(value)) return inMap(value, place, trail)
    wrong(trail, 'is no object')
    return []
  }
  // `items` was a list in older dialects.
  if (Array.isArray(value) && (how === 'list' || kind === 'schema')) {
    return value.map((part, key) => ({ value: part, kind, trail: { up: trail, key } }))
  }
  if (how === 'one') return [{ value, kind, trail }]
  wrong(trail, 'is no list')
  return []
}

/** The parts of an object of OpenAPI; `wrong` hears of maps and lists that are none. Null counts as absent. */
export function partsOf(node: Json, kind: Kind, up: Trail, wrong: Wrong): Part[] {
  return Object.entries(node).flatMap(([key, value]) => {
    const place = placeOf(kind, key)
    return place === undefined ? [] : inPlace(value, place, { up, key }, wrong)
  })
}
