import { isPublicParameter } from './clean.ts'
import { follow, isObject, type Json, listIn, objectIn, without } from './json.ts'
import type { Published } from './select.ts'
import { namesIn } from './templates.ts'

interface Parameter {
  node: Json
  resolved: Json
}

/** Two parameters are one where place and name are; the names of headers have no case. */
function identityOf({ resolved }: Parameter): string {
  const { in: place, name } = resolved
  return `${place} ${place === 'header' ? String(name).toLowerCase() : name}`
}

/** The parameters of an operation: its own, and those of its path item that it does not declare anew. */
function declared({ source }: Published, document: Json): Parameter[] {
  const nodes = [...listIn(source?.item.parameters), ...listIn(source?.operation.parameters)]
  const parameters = nodes.flatMap((node) => {
    const resolved = follow(document, node)
    return isObject(node) && resolved ? [{ node, resolved }] : []
  })
  return [...new Map(parameters.map((entry) => [identityOf(entry), entry])).values()]
}

function publicParameters(entry: Published, document: Json): Json[] {
  const given = declared(entry, document)
    .filter(({ node }) => isPublicParameter(document, node))
    .flatMap(({ node, resolved }) => {
      if (resolved.in !== 'path') return [node]
      const name = entry.names.get(String(resolved.name))
      if (name === undefined || name === null) return []
      return [name === resolved.name ? node : { ...resolved, name }]
    })
  const known = given.map((node) => follow(document, node)).filter((node) => node?.in === 'path')
  const missing = [...new Set(namesIn(entry.path))].filter(
    (name) => !known.some((node) => node?.name === name)
  )
  const added = missing.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' }
  }))
  return [...added, ...given]
}

/** What a client gets to see of the answers: a successful login answers the gateway's token response. */
function publicResponses({ route, source }: Published): Json {
  const responses = objectIn(source?.operation.responses)
  if (route.issue === null) return responses
  const kept = Object.entries(responses).filter(([status]) => !/^(2|default)/i.test(status))
  return Object.fromEntries(kept)
}

/**
 * An operation as the public path has it, in the words of its service's document: its references still lead
 * there, and nothing of the gateway is in it yet.
 */
export function publicOperation(entry: Published, document: Json): Json {
  const { operation = {}, item = {} } = entry.source ?? {}
  const { summary, description } = item
  const parameters = publicParameters(entry, document)
  return {
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    ...without(operation, 'parameters', 'responses'),
    ...(parameters.length > 0 && { parameters }),
    responses: publicResponses(entry)
  }
}
