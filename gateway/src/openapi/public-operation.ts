import type { Report, Trail } from '@gatehouse/openapi/findings'
import {
  follow,
  isObject,
  type Json,
  listIn,
  objectIn,
  tokensOf,
  without,
  writeJson
} from '@gatehouse/openapi/json'
import type { Kind } from '@gatehouse/openapi/objects'
import { namesIn } from '@gatehouse/openapi/paths'
import { eachPart, type Visit } from '@gatehouse/openapi/traverse'
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
export function isInternalResponseHeader(name: string): boolean {
  return identity.includes(name.toLowerCase())
}

/** The public operationId of an operation, and the public names of the parameters of its path. */
interface Linked {
  operationId: string
  names: Published['names']
}

interface Deps {
  document: Json
  /** The operation that a link means, as it is published; undefined where it is not. */
  linked: (link: Json) => Linked | undefined
  /** Called for each link that is left out, as it is resolved. */
  onLost?: (link: Json) => void
}

/** Whether a parameter of a service is one that its public clients may know. */
export function isPublicParameter(document: Json, parameter: unknown): boolean {
  const { in: place, name } = follow(document, parameter) ?? {}
  return (
    place !== 'querystring' &&
    !(place === 'header' && (isInternalHeader(name) || isIgnoredHeader(name)))
  )
}

function cleanLink(link: Json, { document, linked, onLost }: Deps): Json | undefined {
  const resolved = follow(document, link) ?? {}
  const target = linked(resolved)
  if (target === undefined) return void onLost?.(resolved)
  if (typeof link.$ref === 'string') return link
  const { operationId, names } = target
  const rest = without(link, 'operationRef', 'server')
  if (!isObject(link.parameters)) return { ...rest, operationId }
  const parameters = Object.entries(link.parameters).flatMap(([key, value]) => {
    const [, where = '', theirs = ''] = /^(path\.)?(.*)$/.exec(key) ?? []
    const ours = names.has(theirs) ? names.get(theirs) : theirs
    return ours == null ? [] : [[where + ours, value] as const]
  })
  return { ...rest, parameters: Object.fromEntries(parameters), operationId }
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
    headers: Object.fromEntries(headers.filter(([name]) => !isInternalResponseHeader(name)))
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

const targetOf = ({ operationId, operationRef }: Json) => `${operationId ?? operationRef}`

/** Reports the links of a service that were left out, each target where it is first named. */
export function reportLost(document: Json, lost: readonly Json[], report: Report) {
  const targets = new Set(lost.map(targetOf))
  const find = (value: unknown, kind: Kind, trail: Trail) => {
    if (!isObject(value) || targets.size === 0) return
    const isLost = kind === 'link' && targets.delete(targetOf(follow(document, value) ?? {}))
    if (isLost)
      report(
        'warning',
        trail,
        'The link leads to an operation that no route publishes and is left out. Publish it or remove the link.'
      )
    eachPart(value, kind, trail, find)
  }
  if (targets.size > 0) find(document, 'document', null)
}

/** Finds the public name of the operation that a link means, by its operationId or its pointer. */
export function linkFinder(
  published: readonly Published[],
  ids: Map<Published, string>,
  service: string
) {
  return ({ operationId, operationRef }: Json): Linked | undefined => {
    const [, path, method] = tokensOf(String(operationRef ?? '')) ?? []
    const entry = published.find(({ route, source, method: own }) => {
      if (route.service.name !== service || source === null) return false
      if (operationId !== undefined) return source.operation.operationId === operationId
      return own === method && path !== undefined && source.templates.includes(path)
    })
    return entry && { operationId: ids.get(entry) ?? '', names: entry.names }
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

const fromPath = /\$request\.path\.([^}\s]+)/g

/** Text of a runtime expression with the public names of parameters (OpenAPI 3.1, section 4.8.20.4). */
const renamedIn = (text: string, { names }: Published) =>
  text.replaceAll(fromPath, (_, name: string) => `$request.path.${names.get(name) ?? name}`)

function renamedAll(value: unknown, entry: Published): unknown {
  if (typeof value === 'string') return renamedIn(value, entry)
  if (Array.isArray(value)) return value.map((part) => renamedAll(part, entry))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, renamedAll(part, entry)])
  )
}

/** Named objects, each written out where the operation that it is of has other names for its parameters. */
function renamedMap(named: unknown, document: Json, rename: (node: Json) => Json): Json {
  const entries = Object.entries(objectIn(named)).map(([key, node]) => {
    const found = key.startsWith('x-') ? undefined : follow(document, node)
    const made = found && rename(found)
    return [key, made === undefined || made === found ? node : made] as const
  })
  return Object.fromEntries(entries)
}

/**
 * The callbacks and links of an operation with the public names in their expressions. A component that is shared
 * with other operations is written out where it has such an expression.
 */
function withPublicNames(operation: Json, entry: Published, document: Json): Json {
  const isRenamed = [...entry.names].some(([theirs, ours]) => ours !== null && theirs !== ours)
  if (!isRenamed) return operation
  const renameLink = (link: Json) => {
    const { parameters, requestBody } = link
    const made = { parameters, requestBody }
    if (!writeJson(made).includes('$request.path.')) return link
    return { ...link, ...(renamedAll(made, entry) as Json) }
  }
  const renameResponse = (response: Json) => {
    const links = renamedMap(response.links, document, renameLink)
    const isSame = Object.keys(links).every((key) => links[key] === objectIn(response.links)[key])
    return isSame ? response : { ...response, links }
  }
  const renameCallback = (callback: Json) => {
    const entries = Object.entries(callback)
    const made = entries.map(([key, item]) => [renamedIn(key, entry), item] as const)
    return made.every(([key], at) => key === entries[at]?.[0]) ? callback : Object.fromEntries(made)
  }
  return {
    ...operation,
    ...(operation.callbacks !== undefined && {
      callbacks: renamedMap(operation.callbacks, document, renameCallback)
    }),
    responses: renamedMap(operation.responses, document, renameResponse)
  }
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
  const made = {
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    ...without(operation, 'parameters', 'responses'),
    ...(parameters.length > 0 && { parameters }),
    responses: publicResponses(entry)
  }
  return withPublicNames(made, entry, document)
}
