import { follow, isObject, type Json, listIn, objectIn, valueAt } from './json.ts'
import { below, followed, keysOf, type Place, rootOf } from './location.ts'
import { methods } from './objects.ts'

const segments = (path: string) => path.split('/')
const braced = /^([^{}]*)\{([^{}]+)\}([^{}]*)$/
const parameter = /^([^:]*):([A-Za-z_][A-Za-z0-9_]*)([^:]*)$/

/** `/users/:id` of the table as OpenAPI writes it: `/users/{id}`. */
export function templateOf(path: string): string {
  return path.replaceAll(/:([A-Za-z_][A-Za-z0-9_]*)/g, '{$1}')
}

/** Two templates of one shape are one path: `/users/{}`. */
export function shapeOf(template: string): string {
  return template.replaceAll(/\{[^{}]*\}/g, '{}')
}

/** Names of the parameters of a template, in order. */
export function namesIn(template: string): string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
}

/**
 * What each parameter of an upstream template is in the path that the gateway asks for: the name of a
 * parameter of the line, or null where the gateway fills it in. Null where the two are not one shape.
 */
export function bind(asked: string, template: string): Map<string, string | null> | null {
  const [ours, theirs] = [segments(asked), segments(template)]
  if (ours.length !== theirs.length) return null
  const names = new Map<string, string | null>()
  for (const [index, segment] of ours.entries()) {
    const other = theirs[index] ?? ''
    const [, before = '', name, after = ''] = braced.exec(other) ?? []
    const [, start = '', ours = null, end = ''] = parameter.exec(segment) ?? []
    // A value that the gateway fills in is a whole segment there; a parameter has the same text around it here.
    const fits = ours === null ? before + after === '' : before === start && after === end
    const filled = ours === null && !segment.startsWith('$') ? other : ours
    if (filled !== other && name !== undefined && fits) names.set(name, filled)
    else if (segment !== other) return null
  }
  return names
}

/** One operation of a service's document. */
export interface SourceOperation {
  method: string
  /** The path as the service is asked for it, below the path of each server first, and as it stands. */
  templates: string[]
  operation: Json
  item: Json
}

/** The paths of the servers of an OpenAPI object: `/v2` of `https://api.test/v2/`. */
function basesOf(servers: unknown, location: string): string[] {
  return listIn(servers).flatMap((server) => {
    const { url, variables } = objectIn(server)
    const filled = String(url ?? '/').replaceAll(/\{([^}]*)\}/g, (_, name: string) =>
      String(objectIn(objectIn(variables)[name]).default ?? '')
    )
    const base = URL.parse(filled, `http://relative.invalid${location}`)
    return base ? [base.pathname.replace(/\/+$/, '')] : []
  })
}

function itemAt(document: Json, item: unknown): Json {
  if (!isObject(item) || typeof item.$ref !== 'string') return objectIn(item)
  const { $ref, ...own } = item
  return { ...follow(document, valueAt(document, $ref)), ...own }
}

/** The operations of a path item by method in lower case, with those that OpenAPI 3.2 brought. */
function operationsAt(item: Json): [method: string, operation: Json][] {
  const further = Object.entries(objectIn(item.additionalOperations))
  const all = [
    ...[...methods, 'query'].map((method) => [method, item[method]] as const),
    ...further
  ]
  return all.flatMap(([method, operation]) =>
    isObject(operation) && operation.$ref === undefined ? [[method.toLowerCase(), operation]] : []
  )
}

/**
 * Every operation of a document, in its order. `location` is the path of the document, from which relative servers
 * are counted.
 */
export function operationsOf(document: Json, location = '/'): SourceOperation[] {
  const paths = Object.entries(objectIn(document.paths)).filter(([path]) => !path.startsWith('x-'))
  return paths.flatMap(([key, value]) => {
    const item = itemAt(document, value)
    const path = key.startsWith('/') ? key : `/${key}`
    return operationsAt(item).map(([method, operation]) => {
      const servers = operation.servers ?? item.servers ?? document.servers
      const templates = [...basesOf(servers, location).map((base) => base + path), path]
      return { method, templates: [...new Set(templates)], operation, item }
    })
  })
}

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
