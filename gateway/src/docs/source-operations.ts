import { methods } from './grammar.ts'
import { follow, isObject, type Json, listIn, objectIn, valueAt } from './json.ts'

/** One operation of a service's document. */
export interface SourceOperation {
  method: string
  /** The path as the service is asked for it, below the path of each server first, and as it stands. */
  templates: string[]
  operation: Json
  item: Json
}

/** The paths of the servers of an OpenAPI object: `/v2` of `https://api.test/v2/`. */
function basesOf(servers: unknown): string[] {
  return listIn(servers).flatMap((server) => {
    const { url, variables } = objectIn(server)
    const filled = String(url ?? '/').replaceAll(/\{([^}]*)\}/g, (_, name: string) =>
      String(objectIn(objectIn(variables)[name]).default ?? '')
    )
    const base = URL.parse(filled, 'http://relative.invalid/')
    return base ? [base.pathname.replace(/\/+$/, '')] : []
  })
}

function itemAt(document: Json, item: unknown): Json {
  if (!isObject(item) || typeof item.$ref !== 'string') return objectIn(item)
  const { $ref, ...own } = item
  return { ...follow(document, valueAt(document, $ref)), ...own }
}

/** Every operation of a document, in its order. */
export function operationsOf(document: Json): SourceOperation[] {
  const paths = Object.entries(objectIn(document.paths)).filter(([path]) => !path.startsWith('x-'))
  return paths.flatMap(([path, value]) => {
    const item = itemAt(document, value)
    return methods.flatMap((method) => {
      const operation = item[method]
      if (!isObject(operation)) return []
      const servers = operation.servers ?? item.servers ?? document.servers
      const templates = [...basesOf(servers).map((base) => base + path), path]
      return [{ method, templates: [...new Set(templates)], operation, item }]
    })
  })
}
