import {
  follow,
  isObject,
  type Json,
  listIn,
  objectIn,
  tokensOf,
  without
} from '@gatehouse/openapi/json'
import type { Kind } from '@gatehouse/openapi/objects'
import { namesIn } from '@gatehouse/openapi/paths'
import type { Visit } from '@gatehouse/openapi/traverse'
import type { Published } from './select-operations.ts'

const identity = ['request-user-id', 'request-user-type', 'request-signature']
const set = new Set([...identity, 'request-id', 'traceparent', 'tracestate'])
// OpenAPI ignores header parameters of these names: content and security say what they hold.
const ignored = new Set(['accept', 'authorization', 'content-type'])

/** Whether the gateway sets this request header itself, so that no client is to be taught to send it. */
export function isInternalHeader(name: unknown): boolean {
  return set.has(String(name).toLowerCase())
}

/** Whether OpenAPI gives a header parameter of this name no meaning. */
export function isIgnoredHeader(name: unknown): boolean {
  return ignored.has(String(name).toLowerCase())
}

/** Whether a response header stays between the gateway and its services. */
export function isInternalAnswer(name: string): boolean {
  return identity.includes(name.toLowerCase())
}

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

/** Finds the public name of the operation that a link means, by its operationId or its pointer. */
export function linkFinder(
  published: readonly Published[],
  ids: Map<Published, string>,
  service: string
) {
  return ({ operationId, operationRef }: Json): string | undefined => {
    const [, path, method] = tokensOf(String(operationRef ?? '')) ?? []
    const entry = published.find(({ route, source, method: own }) => {
      if (route.service.name !== service || source === null) return false
      if (operationId !== undefined) return source.operation.operationId === operationId
      return own === method && path !== undefined && source.templates.includes(path)
    })
    return entry && ids.get(entry)
  }
}

/** `reset-password` as `ResetPassword`. */
export function pascal(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return words.map((word) => (word[0] ?? '').toUpperCase() + word.slice(1)).join('')
}

const camel = (text: string) => {
  const name = pascal(text)
  return (name[0] ?? '').toLowerCase() + name.slice(1)
}

/** `getUsersById` of `GET /api/users/{id}`, where `/api` is stripped. */
function madeOf({ method, path, route }: Published): string {
  const { strip } = route.service
  const rest = path.startsWith(strip) ? path.slice(strip.length) : path
  const words = rest.split('/').map((part) => part.replace(/^\{(.*)\}$/, 'by-$1'))
  return method + pascal(words.join('-'))
}

/** What an operation is called where no other has the name: as its service does, where the path is the service's. */
function wantedOf(entry: Published, same: readonly Published[]): string {
  const original = entry.source?.operation.operationId
  if (typeof original !== 'string' || original === '') return madeOf(entry)
  const first = same.find(({ route }) => route.target === null) ?? same[0]
  return first === entry ? original : madeOf(entry)
}

/**
 * An operationId for each published operation: the service's own where no other has it, then with the
 * service's name before it. The same table and documents give the same ids.
 */
export function nameOperations(published: readonly Published[]): Map<Published, string> {
  const alike = Map.groupBy(published, ({ source }) => source?.operation)
  const wanted = published.map((entry) => wantedOf(entry, alike.get(entry.source?.operation) ?? []))
  const counts = Map.groupBy(wanted, (id) => id)
  const taken = new Set(wanted.filter((id) => counts.get(id)?.length === 1))
  return new Map(
    published.map((entry, index) => {
      const id = wanted[index] ?? ''
      if (counts.get(id)?.length === 1) return [entry, id]
      const base = camel(entry.route.service.name) + pascal(id)
      let name = base
      for (let count = 2; taken.has(name); count += 1) name = `${base}${count}`
      taken.add(name)
      return [entry, name]
    })
  )
}

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
