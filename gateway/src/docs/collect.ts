import { cleaner } from './clean.ts'
import { linkFinder } from './links.ts'
import type { Described } from './merge.ts'
import { normaliser } from './normalise.ts'
import { publicOperation } from './operation.ts'
import { pascal } from './operation-ids.ts'
import { own } from './own.ts'
import { type Component, createPool, type Origin, referring } from './pool.ts'
import type { Published } from './select.ts'
import { nameComponents } from './share.ts'
import { rewrite, type Visit } from './walk.ts'

export type AllDescribed = ReadonlyMap<string, Described>

const gateway: Origin = {
  service: '',
  prefix: 'Gateway',
  document: { components: own },
  visit: (node) => node
}

const refTo = (section: string) => (name: string) => ({ $ref: `#/components/${section}/${name}` })

/** An operation that reaches all that is the gateway's own, so that its names are taken first. */
const ownRoot = {
  responses: {
    ...Object.keys(own.responses).map(refTo('responses')),
    own: {
      headers: { ...Object.keys(own.headers).map(refTo('headers')) },
      content: { json: { schema: { anyOf: Object.keys(own.schemas).map(refTo('schemas')) } } }
    }
  }
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

/**
 * The published operations in the words of their services' documents, and every component that they reach, by its
 * final name. `settle` gives what was taken its final references.
 */
export function collect(
  published: readonly Published[],
  ids: Map<Published, string>,
  all: AllDescribed
) {
  const origins = originsOf(published, ids, all)
  const pool = createPool()
  pool.take(gateway, ownRoot, 'operation')
  const taken = published.map((entry) => {
    const origin = origins.get(entry.route.service.name) ?? gateway
    return { entry, node: pool.take(origin, publicOperation(entry, origin.document), 'operation') }
  })
  return { taken, ...nameAll(pool.components()) }
}
