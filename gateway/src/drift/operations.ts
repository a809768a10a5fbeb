import { methods } from '../docs/grammar.ts'
import { isObject } from '../docs/json.ts'
import { shapeOf } from '../docs/templates.ts'
import { below, followed, keysOf, type Place, rootOf } from './place.ts'

/** An operation of a document. */
export interface Operation {
  /** `GET /api/users/{id}` */
  name: string
  path: string
  place: Place
  item: Place
}

/** The operations of a document by method and shape: what a parameter is called makes no other path. */
export function operationsIn(document: Record<string, unknown>): Map<string, Operation> {
  const paths = below(rootOf(document), 'paths')
  const found = keysOf(paths).flatMap((path) => {
    const item = followed(below(paths, path))
    return methods.flatMap((method) => {
      const place = below(item, method)
      if (!isObject(place.node)) return []
      const key = `${method} ${shapeOf(path)}`
      return [[key, { name: `${method.toUpperCase()} ${path}`, path, place, item }] as const]
    })
  })
  return new Map(found)
}
