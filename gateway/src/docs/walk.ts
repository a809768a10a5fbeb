import { type Kind, type Place, placeOf } from './grammar.ts'
import { isObject, type Json } from './json.ts'

/** Gives what stands in the place of `node`; undefined drops it. */
export type Visit = (node: Json, kind: Kind) => Json | undefined

const notUndefined = ([, value]: readonly [string, unknown]) => value !== undefined

function rewriteMap(value: unknown, [how, kind]: Place, visit: Visit): unknown {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value).map(([name, node]) => {
    const extension = how === 'open' && name.startsWith('x-')
    return [name, extension ? node : rewrite(node, kind, visit)] as const
  })
  return Object.fromEntries(entries.filter(notUndefined))
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
 * Copies a part of an OpenAPI document, with `visit` called for each object before its parts. It goes only
 * where the specification has an object of a known kind, so that data is never taken for structure. What is
 * neither an object nor a boolean schema is dropped.
 */
export function rewrite(node: unknown, kind: Kind, visit: Visit): unknown {
  if (kind === 'schema' && typeof node === 'boolean') return node
  const visited = isObject(node) ? visit(node, kind) : undefined
  if (visited === undefined) return undefined
  const entries = Object.entries(visited).map(([key, value]) => {
    const place = placeOf(kind, key)
    return [key, place ? rewritePlace(value, place, visit) : value] as const
  })
  return Object.fromEntries(entries.filter(notUndefined))
}
