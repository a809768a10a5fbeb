import type { Trail } from './findings.ts'
import { isObject, type Json } from './json.ts'
import { type Kind, type Place, placeOf } from './objects.ts'

/** Gives what stands in the place of `node`; undefined drops it. */
export type Visit = (node: Json, kind: Kind) => Json | undefined

/** An object with each value replaced; the same object where each stays, and without what becomes undefined. */
function replaced(node: Json, replace: (value: unknown, key: string) => unknown): Json {
  let made: Json | undefined
  let drops = false
  for (const key of Object.keys(node)) {
    const value = replace(node[key], key)
    if (value === node[key] && value !== undefined) continue
    made ??= { ...node }
    made[key] = value
    drops ||= value === undefined
  }
  if (made === undefined || !drops) return made ?? node
  return Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined))
}

function rewriteMap(value: unknown, [how, kind]: Place, visit: Visit): unknown {
  if (!isObject(value)) return undefined
  const isExtension = (name: string) => how === 'open' && name.startsWith('x-')
  return replaced(value, (node, name) => (isExtension(name) ? node : rewrite(node, kind, visit)))
}

function rewritePlace(value: unknown, place: Place, visit: Visit): unknown {
  const [how, kind] = place
  if (how === 'map' || how === 'open') return rewriteMap(value, place, visit)
  if (Array.isArray(value)) {
    return value.map((node) => rewrite(node, kind, visit)).filter((node) => node !== undefined)
  }
  return how === 'list' ? undefined : rewrite(value, kind, visit)
}

/**
 * A part of an OpenAPI document with each object replaced by what `visit` gives for it, from the outside in; what
 * stays is not copied. It goes only where the specification has an object of a known kind, so that data is never
 * taken for structure. What is neither an object nor a boolean schema is dropped.
 */
export function rewrite(node: unknown, kind: Kind, visit: Visit): unknown {
  if (kind === 'schema' && typeof node === 'boolean') return node
  const visited = isObject(node) ? visit(node, kind) : undefined
  if (visited === undefined) return undefined
  return replaced(visited, (value, key) => {
    const place = placeOf(kind, key)
    return place ? rewritePlace(value, place, visit) : value
  })
}

type Wrong = (trail: Trail, fault: string) => void

/** Told of what stands at a place where the specification has an object of a known kind, or a list or map of them. */
type Inspect = (value: unknown, kind: Kind, trail: Trail) => void

function eachInMap(value: Json, [how, kind]: Place, up: Trail, visit: Inspect) {
  for (const key of Object.keys(value)) {
    const extension = how === 'open' && key.startsWith('x-')
    if (!extension) visit(value[key], kind, { up, key })
  }
}

function eachInPlace(value: unknown, place: Place, trail: Trail, visit: Inspect, wrong: Wrong) {
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
export function eachPart(node: Json, kind: Kind, up: Trail, visit: Inspect, wrong: Wrong) {
  for (const key of Object.keys(node)) {
    const [place, value] = [placeOf(kind, key), node[key]]
    if (place === undefined || value === null || value === undefined) continue
    eachInPlace(value, place, { up, key }, visit, wrong)
  }
}
