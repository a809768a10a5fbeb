import type { Finding } from '@gatehouse/openapi/findings'
import { bind, namesIn, type SourceOperation, shapeOf, templateOf } from '@gatehouse/openapi/paths'
import { createMatcher } from '../route-table/router.ts'
import type { Route, Table } from '../route-table/types.ts'

/** One operation of the public document. */
export interface Published {
  route: Route
  /** In lower case, as OpenAPI has it. */
  method: string
  /** The public path: `/api/users/{id}`. */
  path: string
  /** What describes it; null where nothing does. */
  source: SourceOperation | null
  /** The public name of each parameter of the upstream's path; null where the gateway fills it in. */
  names: ReadonlyMap<string, string | null>
}

type Operations = ReadonlyMap<string, readonly SourceOperation[]>

const wildcard = '/**'

/** The path that the gateway asks the service for. */
function askedOf({ path, target, service }: Route): string {
  return target ?? path.slice(service.strip.length)
}

function allows(route: Route, method: string): boolean {
  return route.method === 'ANY' || route.method.toLowerCase() === method
}

function publishExact(route: Route, sources: readonly SourceOperation[]): Published[] {
  const asked = askedOf(route)
  const path = templateOf(route.path)
  const found = sources
    .filter(({ method }) => allows(route, method))
    .flatMap((source) => {
      const bound = source.templates.map((template) => bind(asked, template))
      const names = bound.find((names) => names !== null)
      return names ? [{ route, method: source.method, path, source, names }] : []
    })
  const unique = found.filter(
    ({ method }, at) => found.findIndex((p) => p.method === method) === at
  )
  if (unique.length > 0 || route.method === 'ANY') return unique
  return [{ route, method: route.method.toLowerCase(), path, source: null, names: new Map() }]
}

/** All that the service has below the line's path; nothing where the line sends it all to one path. */
function publishRest(route: Route, sources: readonly SourceOperation[]): Published[] {
  if (route.target !== null) return []
  const { strip } = route.service
  const prefix = askedOf(route).slice(0, -wildcard.length)
  return sources
    .filter(({ method }) => allows(route, method))
    .flatMap((source) => {
      const below = source.templates.find((path) => `${path}/`.startsWith(`${prefix}/`))
      if (below === undefined) return []
      const names = new Map(namesIn(below).map((name) => [name, name]))
      return [{ route, method: source.method, path: strip + below, source, names }]
    })
}

function driftOf({ method, path, service }: Route): Finding {
  const message = `The route ${method} ${path} reaches no operation of the document. Describe the operation or correct the route.`
  return { service: service.name, pointer: '/paths', message, level: 'drift' }
}

/**
 * What the table publishes, grouped by service in the table's order, and the lines whose operation their
 * service does not describe. A service without a document has nothing to drift from.
 */
export function select(table: Table, operations: Operations) {
  const matcher = createMatcher<Route>()
  for (const route of table.routes) matcher.add(route.method, route.path, route)
  const isOwn = ({ route, method, path }: Published) =>
    matcher.match(method.toUpperCase(), path)?.route === route
  const drift: Finding[] = []
  const published = table.services.flatMap(({ name }) =>
    table.routes
      .filter(({ service }) => service.name === name)
      .flatMap((route) => {
        const sources = operations.get(name)
        const publish = route.path.endsWith(wildcard) ? publishRest : publishExact
        const entries = publish(route, sources ?? []).filter(isOwn)
        const described = entries.some(({ source }) => source !== null)
        if (sources && !described) drift.push(driftOf(route))
        return entries
      })
  )
  return { published: spellAlike(published), drift }
}

/** Gives paths of one shape the spelling of the first of them: OpenAPI allows only one. */
export function spellAlike(published: Published[]): Published[] {
  const spellings = new Map<string, string>()
  return published.map((entry) => {
    const shape = shapeOf(entry.path)
    const path = spellings.get(shape) ?? entry.path
    spellings.set(shape, path)
    const spelled = namesIn(path)
    const renamed = new Map(
      namesIn(entry.path).map((name, index) => [name, spelled[index] ?? name])
    )
    const names = [...entry.names].map(
      ([theirs, ours]) => [theirs, ours === null ? null : (renamed.get(ours) ?? ours)] as const
    )
    const owner = entry.route.owner && (renamed.get(entry.route.owner) ?? entry.route.owner)
    return { ...entry, route: { ...entry.route, owner }, path, names: new Map(names) }
  })
}
