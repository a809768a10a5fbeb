import type { Trail } from './findings.ts'
import { isObject, type Json } from './json.ts'
import { type Kind, type Place, placeOf } from './objects.ts'

/** Gives what stands in the place of `node`; undefined drops it. */
export type Visit = (node: Json, kind: Kind) => Json | undefined

/** Gives what stands in the place of a part of a document; undefined drops it. */
type Replace = (value: unknown, kind: Kind, trail: Trail) => unknown

/** Called for a map that is not an object, and a list that is not an array. */
type OnMismatch = (trail: Trail, message: string) => void

/** What is wrong with a value, for a finding. */
export const notObject = 'The value is not an object. Write an object.'
const notList = 'The value is not a list. Write a list.'

/** An object with each value replaced; the same object where each stays, and without what becomes undefined. */
function replacedIn(node: Json, replace: (value: unknown, key: string) => unknown): Json {
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

function replacedAt(
  value: unknown,
  [how, kind]: Place,
  trail: Trail,
  replace: Replace,
  onMismatch: OnMismatch
): unknown {
  if (how === 'map' || how === 'open') {
    if (!isObject(value)) return void onMismatch(trail, notObject)
    return replacedIn(value, (part, key) => {
      const isExtension = how === 'open' && key.startsWith('x-')
      return isExtension ? part : replace(part, kind, { up: trail, key })
    })
  }
  // `items` was a list in older dialects.
  if (Array.isArray(value) && (how === 'list' || trail?.key === 'items')) {
    const parts = value.map((part, key) => replace(part, kind, { up: trail, key }))
    if (parts.every((part, at) => part !== undefined && part === value[at])) return value
    return parts.filter((part) => part !== undefined)
  }
  return how === 'list' ? void onMismatch(trail, notList) : replace(value, kind, trail)
}

const ignore = () => {}

/**
 * An object of OpenAPI with each of its parts replaced; what stays is not copied. A part is what stands where the
 * specification has an object of a known kind, or a list or map of them, so that data is never taken for structure.
 * Null counts as absent.
 */
function replaceParts(
  node: Json,
  kind: Kind,
  trail: Trail,
  replace: Replace,
  onMismatch: OnMismatch = ignore
): Json {
  return replacedIn(node, (value, key) => {
    const place = placeOf(kind, key)
    if (place === undefined) return value
    if (value === null || value === undefined) return undefined
    return replacedAt(value, place, { up: trail, key }, replace, onMismatch)
  })
}

/**
 * A part of an OpenAPI document with each object replaced by what `visit` gives for it, from the outside in. What is
 * neither an object nor a boolean schema is dropped.
 */
export function rewrite(node: unknown, kind: Kind, visit: Visit): unknown {
  if (kind === 'schema' && typeof node === 'boolean') return node
  const visited = isObject(node) ? visit(node, kind) : undefined
  return visited && replaceParts(visited, kind, null, (part, of) => rewrite(part, of, visit))
}

/** Visits the parts of an object of OpenAPI, and changes none. */
export function eachPart(
  node: Json,
  kind: Kind,
  trail: Trail,
  visit: (value: unknown, kind: Kind, trail: Trail) => void,
  onMismatch: OnMismatch = ignore
) {
  const visitAndKeep: Replace = (value, of, at) => {
    visit(value, of, at)
    return value
  }
  replaceParts(node, kind, trail, visitAndKeep, onMismatch)
}
