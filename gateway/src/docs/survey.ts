import type { Trail } from './finding.ts'
import { type Kind, type Place, placeOf } from './grammar.ts'
import { isObject, type Json } from './json.ts'

type Wrong = (trail: Trail, fault: string) => void

/** Told of what stands at a place where the specification has an object of a known kind, or a list or map of them. */
type Visit = (value: unknown, kind: Kind, trail: Trail) => void

function eachInMap(value: Json, [how, kind]: Place, up: Trail, visit: Visit) {
  for (const key of Object.keys(value)) {
    const extension = how === 'open' && key.startsWith('x-')
    if (!extension) visit(value[key], kind, { up, key })
  }
}

function eachInPlace(value: unknown, place: Place, trail: Trail, visit: Visit, wrong: Wrong) {
  const [how, kind] = place
  if (how === 'map' || how === 'open') {
    if (isObject(value)) eachInMap(value, place, trail, visit)
    else wrong(trail, 'is no object')
  } else if (Array.isArray(value) && (how === 'list' || kind === 'schema')) {
    // `items` was a list in older dialects.
    for (const [key, part] of value.entries()) visit(part, kind, { up: trail, key })
  } else if (how === 'one') visit(value, kind, trail)
  else wrong(trail, 'is no list')
}

/** Visits the parts of an object of OpenAPI; `wrong` hears of maps and lists that are none. Null counts as absent. */
export function eachPart(node: Json, kind: Kind, up: Trail, visit: Visit, wrong: Wrong) {
  for (const key of Object.keys(node)) {
    const [place, value] = [placeOf(kind, key), node[key]]
    if (place === undefined || value === null || value === undefined) continue
    eachInPlace(value, place, { up, key }, visit, wrong)
  }
}
