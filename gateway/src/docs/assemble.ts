import { cleaner } from './clean.ts'
import type { Json } from './json.ts'
import { linkFinder } from './links.ts'
import type { Described } from './merge.ts'
import { normaliser } from './normalise.ts'
import { publicOperation } from './operation.ts'
import { nameOperations, pascal } from './operation-ids.ts'
import { bearerAuth, own } from './own.ts'
import { withPolicy } from './policy.ts'
import { type Component, createPool, type Origin, referring } from './pool.ts'
import type { Published } from './select.ts'
import { nameComponents } from './share.ts'
import { rewrite, type Visit } from './walk.ts'

type AllDescribed = ReadonlyMap<string, Described>

const gateway: Origin = {
  service: '',
  prefix: 'Gateway',
  document: { components: own },
  visit: (node) => node
}

/** An operation that reaches all that is the gateway's own, so that its names are taken first. */
const ownRoot = {
  responses: Object.fromEntries([
    ...Object.keys(own.responses).map((name, index) => [
      `${index}`,
      { $ref: `#/components/responses/${name}` }
    ]),
    [
      'token',
      { content: { 'application/json': { schema: { $ref: '#/components/schemas/Token' } } } }
    ]
  ])
}

function originsOf(
  published: readonly Published[],
  ids: Map<Published, string>,
  all: AllDescribed
) {
  const origins = [...all].map(([service, { document }]): [string, Origin] => {
    const linked = linkFinder(published, ids, service)
    const [normal, clean] = [normaliser(document), cleaner({ document, linked })]
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

function collect(published: readonly Published[], ids: Map<Published, string>, all: AllDescribed) {
  const origins = originsOf(published, ids, all)
  const pool = createPool()
  pool.take(gateway, ownRoot, 'operation')
  const taken = published.map((entry) => {
    const origin = origins.get(entry.route.service.name) ?? gateway
    return { entry, node: pool.take(origin, publicOperation(entry, origin.document), 'operation') }
  })
  return { taken, ...nameAll(pool.components()) }
}

/** The paths and components of the combined document. */
export function assemble(published: readonly Published[], all: AllDescribed) {
  const ids = nameOperations(published)
  const { taken, settle, components } = collect(published, ids, all)
  const root = { components }
  const paths = new Map<string, Json>()
  for (const { entry, node } of taken) {
    const { route, method, path, source } = entry
    const described = source !== null
    const drifted = !described && all.has(route.service.name)
    const operationId = ids.get(entry) ?? ''
    const settled = rewrite(node, 'operation', settle) as Json
    const operation = withPolicy(settled, { route, operationId, method, described, drifted }, root)
    const item = paths.get(path) ?? {}
    paths.set(path, { ...item, [method]: item[method] ?? operation })
  }
  const all31 = { ...components, securitySchemes: { bearerAuth } }
  return { paths: Object.fromEntries(paths), components: all31 }
}
