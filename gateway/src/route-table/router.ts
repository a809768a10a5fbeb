import { isUnder, parametersOf, partsOf, valueIn } from './paths.ts'
import { methods } from './schema.ts'
import type { Route, Service, Table } from './types.ts'

/**
 * Whether a path is one of the gateway's health checks. No route takes these, not even `ANY /**`: otherwise an upstream
 * that is down would restart the gateway's container.
 */
function isHealthPath(path: string): boolean {
  return path.startsWith('/health/')
}

/** The route of a request, and the values of its parameters. */
export interface Match<T> {
  route: T
  /** Values of the parameters, in order, percent-encoded as in the path. */
  values: readonly string[]
}

/** The node behind a parameter that is a part of its segment. */
interface Part<T> {
  before: string
  after: string
  node: Node<T>
}

interface Node<T> {
  children: Map<string, Node<T>>
  /** Longest literal text first; null where there are none. */
  parts: Part<T>[] | null
  parameter: Node<T> | null
  here: Map<string, T> | null
  rest: Map<string, T> | null
}

const newNode = <T>(): Node<T> => ({
  children: new Map(),
  parts: null,
  parameter: null,
  here: null,
  rest: null
})

const none: readonly Part<unknown>[] = []

/** The child node for a segment, created where it is missing. */
function step<T>(node: Node<T>, segment: string): Node<T> {
  const parts = partsOf(segment)
  if (parts === null) {
    const next = node.children.get(segment) ?? newNode<T>()
    node.children.set(segment, next)
    return next
  }
  const { before, after } = parts
  if (before + after === '') {
    node.parameter ??= newNode<T>()
    return node.parameter
  }
  const known = node.parts?.find((part) => part.before === before && part.after === after)
  if (known) return known.node
  const part = { before, after, node: newNode<T>() }
  const literal = (one: Part<T>) => one.before.length + one.after.length
  node.parts = [...(node.parts ?? []), part].sort(
    (one, other) => literal(other) - literal(one) || other.before.length - one.before.length
  )
  return part.node
}

/** The route for a method among those of one shape: its own, GET's for HEAD, then ANY's. */
function pick<T>(routes: Map<string, T>, method: string): T | undefined {
  return (
    routes.get(method) ?? (method === 'HEAD' ? routes.get('GET') : undefined) ?? routes.get('ANY')
  )
}

/**
 * Depth-first, most specific first: static, a parameter with text around it, a parameter alone, then the wildcard of the nearest level.
 * @param from index of the path's next segment; beyond its length where there is none
 */
function find<T>(
  node: Node<T>,
  path: string,
  from: number,
  values: string[],
  accept: (routes: Map<string, T>) => T | undefined
): T | undefined {
  if (from > path.length) {
    const route = node.here && accept(node.here)
    if (route) return route
  } else {
    const slash = path.indexOf('/', from)
    const end = slash === -1 ? path.length : slash
    const segment = path.slice(from, end)
    const child = node.children.size > 0 ? node.children.get(segment) : undefined
    const route = child && find(child, path, end + 1, values, accept)
    if (route) return route
    for (const part of node.parts ?? none) {
      const value = valueIn(part, segment)
      if (value === null) continue
      values.push(value)
      const route = find(part.node as Node<T>, path, end + 1, values, accept)
      if (route) return route
      values.pop()
    }
    if (node.parameter && segment !== '') {
      values.push(segment)
      const route = find(node.parameter, path, end + 1, values, accept)
      if (route) return route
      values.pop()
    }
  }
  return (node.rest && accept(node.rest)) || undefined
}

/** Index of the first segment; `/` has none. */
const firstOf = (path: string) => (path === '/' ? 2 : 1)

/** The methods that `ANY` stands for. */
export const knownMethods = methods.filter((method) => method !== 'ANY')

const split = (path: string) => (path === '/' ? [] : path.slice(1).split('/'))

/**
 * Finds routes by specificity, in whatever order they were added: static before parameter before wildcard, segment by
 * segment. The cost depends on the length of the path, not on the number of routes.
 */
export function createMatcher<T>() {
  const root = newNode<T>()
  return {
    /** Adds a route; of two with one shape and method the first stays. */
    add(method: string, path: string, route: T) {
      let node = root
      const segments = split(path)
      const wildcard = segments.at(-1) === '**'
      for (const segment of wildcard ? segments.slice(0, -1) : segments) {
        node = step(node, segment)
      }
      const routes = (wildcard ? node.rest : node.here) ?? new Map<string, T>()
      if (wildcard) node.rest = routes
      else node.here = routes
      if (!routes.has(method)) routes.set(method, route)
    },

    /** The most specific route for a method and path, or null. */
    match(method: string, path: string): Match<T> | null {
      const values: string[] = []
      const route = find(root, path, firstOf(path), values, (routes) => pick(routes, method))
      return route === undefined ? null : { route, values }
    },

    /** The methods that some route has for a path, for `allow`; empty where no route matches. */
    methods(path: string): string[] {
      const allowed = new Set<string>()
      find(root, path, firstOf(path), [], (routes) => {
        for (const method of routes.keys()) {
          if (method === 'ANY') for (const known of knownMethods) allowed.add(known)
          else allowed.add(method)
        }
        return undefined
      })
      if (allowed.has('GET')) allowed.add('HEAD')
      return [...allowed].sort()
    }
  }
}

/** A route under one public prefix: its own, or that of an alias. */
export interface Entry {
  route: Route
  /** The prefix that the gateway removes before it forwards the path. */
  stripped: string
  /** The prefix in its place: the rest of an alias's target where it is longer than the service's `strip`. */
  put: string
  /** Parameter names, in the order of a match's values. */
  names: readonly string[]
  /** The table's services by host and port: addresses that no response may contain. */
  inside: ReadonlyMap<string, Service>
}

/** How an alias changes the prefix of the forwarded path. */
function underAlias({ strip }: Service, from: string, to: string) {
  if (isUnder(strip, to)) return { stripped: from + strip.slice(to.length), put: '' }
  if (isUnder(to, strip)) return { stripped: from, put: to.slice(strip.length) }
  return { stripped: strip, put: '' }
}

/** All public paths: each route under its own path and under every alias of it. */
export function entriesOf(table: Table): { path: string; entry: Entry }[] {
  const inside = new Map(table.services.map((service) => [new URL(service.origin).host, service]))
  const entry = (route: Route, path: string, front: Pick<Entry, 'stripped' | 'put'>) => ({
    path,
    entry: { route, ...front, names: parametersOf(path), inside }
  })
  const own = table.routes.map((route) =>
    entry(route, route.path, { stripped: route.service.strip, put: '' })
  )
  const aliased = table.aliases.flatMap(({ from, to }) =>
    table.routes
      .filter(({ path }) => isUnder(path, to))
      .map((route) =>
        entry(route, from + route.path.slice(to.length), underAlias(route.service, from, to))
      )
  )
  return [...own, ...aliased]
}

/** The matcher of a table's routes; no route takes the gateway's health checks. */
export function matcherOf(table: Table) {
  const matcher = createMatcher<Entry>()
  for (const { path, entry } of entriesOf(table)) matcher.add(entry.route.method, path, entry)
  return {
    match: (method: string, path: string) =>
      isHealthPath(path) ? null : matcher.match(method, path),
    methods: (path: string) => (isHealthPath(path) ? [] : matcher.methods(path))
  }
}
