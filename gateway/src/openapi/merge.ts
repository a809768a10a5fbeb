import {
  type Component,
  createPool,
  nameComponents,
  type Origin,
  prune,
  referring
} from '@gatehouse/openapi/components'
import { createFindings, type Finding } from '@gatehouse/openapi/findings'
import { isObject, type Json, listIn, objectIn } from '@gatehouse/openapi/json'
import { methods } from '@gatehouse/openapi/objects'
import { operationsOf, type SourceOperation } from '@gatehouse/openapi/paths'
import { rewrite, type Visit } from '@gatehouse/openapi/traverse'
import { normaliser } from '@gatehouse/openapi/upgrade'
import { checkResult, refusalOf, validate } from '@gatehouse/openapi/validate'
import type { Table } from '../route-table/types.ts'
import { bearerAuth, gatewayComponents } from './gateway-components.ts'
import { createResponses } from './gateway-responses.ts'
import {
  cleaner,
  linkFinder,
  nameOperations,
  pascal,
  publicOperation,
  reportLost
} from './public-operation.ts'
import { withPolicy } from './route-policy.ts'
import { type Published, select } from './select-operations.ts'

type Components = Record<string, Json>

/** The responses that callbacks refer to: the gateway's own responses do not concern them. */
function reservedIn(
  operations: readonly Json[],
  webhooks: Json,
  { callbacks, pathItems, responses }: Components
) {
  const reserved = new Map<string, Json>()
  const note = referring((reference, kind) => {
    const name = reference.split('/').at(-1) ?? ''
    if (kind === 'response') reserved.set(name, objectIn(responses?.[name]))
    return reference
  })
  const all = [callbacks, ...operations.map((operation) => operation.callbacks)]
  for (const callback of all.flatMap((named) => Object.values(objectIn(named)))) {
    rewrite(callback, 'callback', note)
  }
  const items = [...Object.values(pathItems ?? {}), ...Object.values(webhooks)]
  for (const item of items) rewrite(item, 'pathItem', note)
  return reserved
}

/** The paths and components of the combined document. */
export function assemble(published: readonly Published[], all: AllDescribed) {
  const ids = nameOperations(published)
  const { taken, hooks, settle, components, findings } = collect(published, ids, all)
  const webhooks = webhooksOf(hooks, settle)
  const settled = taken.map(({ entry, node }) => {
    return { entry, operation: rewrite(node, 'operation', settle) as Json }
  })
  const operations = settled.map(({ operation }) => operation)
  const responses = createResponses(reservedIn(operations, webhooks, components))
  const [root, { finish }] = [{ components }, responses]
  const paths = new Map<string, Json>()
  for (const { entry, operation } of settled) {
    const { route, method, path, source } = entry
    const described = source !== null
    const drifted = !described && all.has(route.service.name)
    const operationId = ids.get(entry) ?? ''
    const policed = { route, operationId, method, described, drifted, root, finish }
    const item = paths.get(path) ?? {}
    // OpenAPI 3.1 has no field for other methods, such as QUERY.
    const key = (methods as readonly string[]).includes(method) ? method : `x-${method}`
    paths.set(path, { ...item, [key]: item[key] ?? withPolicy(operation, policed) })
  }
  const parts = {
    paths: Object.fromEntries(paths),
    ...(Object.keys(webhooks).length > 0 && { webhooks }),
    components: {
      ...components,
      responses: responses.components(),
      securitySchemes: { bearerAuth }
    }
  }
  return { parts, findings }
}

/** What a service sends to an address that a client has given it. */
interface Hook {
  service: string
  name: string
  item: Json
}

/** The webhooks of all services; of two with one name the second gets that of its service before it. */
function webhooksOf(hooks: readonly Hook[], settle: Visit): Json {
  const webhooks: Json = {}
  for (const { service, name, item } of hooks) {
    const settled = objectIn(rewrite(item, 'pathItem', settle))
    const tagged = Object.entries(settled).map(([key, part]) => {
      const isOperation = (methods as readonly string[]).includes(key)
      return [key, isOperation ? { tags: [service], ...objectIn(part) } : part] as const
    })
    webhooks[webhooks[name] === undefined ? name : pascal(service) + pascal(name)] =
      Object.fromEntries(tagged)
  }
  return webhooks
}

/** What a service said about itself. */
export interface Source {
  document: unknown
  /** Since when (ISO 8601) the service could not be asked again; absent where it answers. */
  staleSince?: string
}

export interface Options {
  title: string
  version?: string
  description?: string
}

/** A service's document, as it came, and its operations. */
export interface Described {
  document: Json
  operations: readonly SourceOperation[]
}

type Sources = ReadonlyMap<string, Source>

/** The documents that can be used, and what is wrong with them and with the others. */
export function describe(table: Table, sources: Sources) {
  const described = new Map<string, Described>()
  const findings = table.services.flatMap(({ name, openapi }): Finding[] => {
    const source = sources.get(name)
    if (openapi === null || source === undefined) return []
    const { report, all } = createFindings(name)
    const { document } = source
    const refusal = refusalOf(document)
    if (refusal !== null) report('error', refusal.trail, refusal.message)
    else if (isObject(document)) {
      validate(document, report)
      described.set(name, { document, operations: operationsOf(document, openapi) })
    }
    return all()
  })
  return { described, findings }
}

/** What a service is for: its own tag says it, or its document as a whole. */
function descriptionOf(name: string, document: Json | undefined): string {
  const tags = listIn(document?.tags).map(objectIn)
  const tag = tags.find((tag) => String(tag.name).toLowerCase() === name.toLowerCase())
  return String(objectIn(document?.info).description || tag?.description || '')
}

function tagsOf(table: Table, described: ReadonlyMap<string, Described>, sources: Sources): Json[] {
  return table.services.map(({ name }) => {
    const since = sources.get(name)?.staleSince
    const description = [
      descriptionOf(name, described.get(name)?.document),
      since && `The service has not answered since ${since}: this is its last good description.`
    ]
    const text = description.filter(Boolean).join('\n\n')
    return { name, ...(text !== '' && { description: text }) }
  })
}

function staleness(sources: Sources): Json {
  const stale = [...sources].flatMap(([name, { staleSince }]) =>
    staleSince === undefined ? [] : [[name, staleSince] as const]
  )
  return stale.length === 0 ? {} : { 'x-stale-since': Object.fromEntries(stale) }
}

function infoOf({ title, version = '1', description }: Options): Json {
  return {
    title,
    version,
    ...(description && { description }),
    contact: { name: title },
    license: { name: 'MIT', identifier: 'MIT' }
  }
}

/** The prefixes under which the paths exist as well, for programs. */
function aliasesOf({ aliases }: Table): Json {
  if (aliases.length === 0) return {}
  return { 'x-aliases': Object.fromEntries(aliases.map(({ from, to }) => [from, to])) }
}

/** What comes of the table and the services' documents. */
export interface Merged {
  /** OpenAPI 3.1; made anew, and nobody else's. */
  document: Json
  /** Where the services' documents are at message, and where the table and they do not agree. */
  findings: readonly Finding[]
}

/**
 * One OpenAPI 3.1 document of the public API: the table decides what is in it, the services' documents (by the
 * service's name, as parsed from JSON) describe it. Of a document with errors the rest is used; one that is not
 * OpenAPI at all is left out whole. Throws where the result would not be valid, which is a bug of the gateway and not of a
 * service.
 */
export function merge(table: Table, sources: Sources, options: Options): Merged {
  const { described, findings } = describe(table, sources)
  const operations = new Map([...described].map(([name, entry]) => [name, entry.operations]))
  const selected = select(table, operations)
  const assembled = assemble(selected.published, described)
  const document = prune({
    openapi: '3.1.0',
    info: infoOf(options),
    servers: [{ url: '/', 'x-internal': false }],
    tags: tagsOf(table, described, sources),
    ...assembled.parts,
    ...aliasesOf(table),
    ...staleness(sources)
  })
  checkResult(document)
  return { document, findings: [...findings, ...assembled.findings, ...selected.drift] }
}

export type AllDescribed = ReadonlyMap<string, Described>

const gateway: Origin = {
  service: '',
  prefix: 'Gateway',
  document: { components: gatewayComponents },
  visit: (node) => node
}

const refTo = (section: string) => (name: string) => ({ $ref: `#/components/${section}/${name}` })

/** An operation that reaches all that is the gateway's own, so that its names are taken first. */
const gatewayRoot = {
  responses: {
    ...Object.keys(gatewayComponents.responses).map(refTo('responses')),
    own: {
      headers: { ...Object.keys(gatewayComponents.headers).map(refTo('headers')) },
      content: {
        json: { schema: { anyOf: Object.keys(gatewayComponents.schemas).map(refTo('schemas')) } }
      }
    }
  }
}

function originsOf(
  published: readonly Published[],
  ids: Map<Published, string>,
  all: AllDescribed,
  onLost: (service: string, link: Json) => void
) {
  const origins = [...all].map(([service, { document }]): [string, Origin] => {
    const linked = linkFinder(published, ids, service)
    const [normal, clean] = [
      normaliser(document),
      cleaner({ document, linked, onLost: (link) => onLost(service, link) })
    ]
    const visit: Visit = (node, kind) => {
      const normalised = normal(node, kind)
      return normalised && clean(normalised, kind)
    }
    return [service, { service, prefix: pascal(service), document, visit }]
  })
  return new Map(origins)
}

/** The components by section and name, with a function that gives a node its final references. */
function nameAll(components: readonly Component[]) {
  const names = nameComponents(components)
  const references = new Map(
    components.map(({ key, section }) => [key, `#/components/${section}/${names.get(key)}`])
  )
  const settle = referring((key) => references.get(key))
  const sections = new Map<string, Map<string, unknown>>()
  for (const { key, section, kind, node } of components) {
    const named = sections.get(section) ?? new Map<string, unknown>()
    const name = names.get(key) ?? ''
    if (!named.has(name)) named.set(name, rewrite(node, kind, settle))
    sections.set(section, named)
  }
  const settled = [...sections].map(
    ([section, named]) => [section, Object.fromEntries(named)] as const
  )
  return { settle, components: Object.fromEntries(settled) }
}

/**
 * The published operations in the words of their services' documents, and every component that they reach, by its
 * final name. `settle` gives what was taken its final references.
 */
export function collect(
  published: readonly Published[],
  ids: Map<Published, string>,
  all: AllDescribed
) {
  const lost = new Map([...all.keys()].map((name): [string, Json[]] => [name, []]))
  const origins = originsOf(published, ids, all, (name, link) => lost.get(name)?.push(link))
  const pool = createPool()
  pool.take(gateway, gatewayRoot, 'operation')
  const taken = published.map((entry) => {
    const origin = origins.get(entry.route.service.name) ?? gateway
    return { entry, node: pool.take(origin, publicOperation(entry, origin.document), 'operation') }
  })
  const reached = new Set(published.map(({ route }) => route.service.name))
  const hooks = [...origins]
    .filter(([service]) => reached.has(service))
    .flatMap(([service, origin]) =>
      Object.entries(objectIn(origin.document.webhooks)).map(([name, item]): Hook => {
        return { service, name, item: pool.take(origin, item, 'pathItem') }
      })
    )
  const findings = [...all].flatMap(([service, { document }]) => {
    const { report, all: reported } = createFindings(service)
    reportLost(document, lost.get(service) ?? [], report)
    return reported()
  })
  return { taken, hooks, findings, ...nameAll(pool.components()) }
}
