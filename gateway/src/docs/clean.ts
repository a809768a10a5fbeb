import type { Kind } from './grammar.ts'
import { isIgnoredHeader, isInternalAnswer, isInternalHeader } from './internal.ts'
import { follow, type Json, listIn, objectIn, without } from './json.ts'
import type { Visit } from './walk.ts'

interface Deps {
  document: Json
  /** The operationId under which the operation that a link means is published; undefined where it is not. */
  linked: (link: Json) => string | undefined
}

/** Whether a parameter of a service is one that its public clients may know. */
export function isPublicParameter(document: Json, parameter: unknown): boolean {
  const { in: place, name } = follow(document, parameter) ?? {}
  return !(place === 'header' && (isInternalHeader(name) || isIgnoredHeader(name)))
}

function cleanLink(link: Json, { document, linked }: Deps): Json | undefined {
  const operationId = linked(follow(document, link) ?? {})
  if (operationId === undefined) return undefined
  if (typeof link.$ref === 'string') return link
  return { ...without(link, 'operationRef', 'server'), operationId }
}

function cleanParameters(node: Json, document: Json): Json {
  if (!Array.isArray(node.parameters)) return node
  const parameters = listIn(node.parameters)
  return { ...node, parameters: parameters.filter((entry) => isPublicParameter(document, entry)) }
}

function cleanHeaders(response: Json): Json {
  if (response.headers === undefined) return response
  const headers = Object.entries(objectIn(response.headers))
  return {
    ...response,
    headers: Object.fromEntries(headers.filter(([name]) => !isInternalAnswer(name)))
  }
}

/**
 * Takes out what is between a service and the gateway: servers, security schemes, internal headers, links to
 * what is not published. operationIds go too: those of callbacks name nothing that a client could call, and
 * those of operations are given anew.
 */
export function cleaner(deps: Deps): Visit {
  const { document } = deps
  return (node: Json, kind: Kind) => {
    if (kind === 'link') return cleanLink(node, deps)
    if (kind === 'response') return cleanHeaders(node)
    if (kind === 'pathItem') return cleanParameters(without(node, 'servers'), document)
    if (kind !== 'operation') return node
    return cleanParameters(without(node, 'operationId', 'security', 'servers', 'tags'), document)
  }
}
