import { type Kind, type Place, placeOf } from './grammar.ts'
import { isObject, type Json } from './json.ts'

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
