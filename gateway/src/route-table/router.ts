import { isHealthPath, isUnder, parametersOf, partsOf, valueIn } from './paths.ts'
import { methods } from './schema.ts'
import type { Route, Service, Table } from './types.ts'

/** The line that a request falls under, and what its parameters are there. */
export interface Match<T> {
  route: T
  /** Values of the `:name` segments, in order, as they stand in the path (still encoded). */
  values: readonly string[]
}

/** What a parameter that is a part of its segment leads to. */
interface Part<T> {
  before: string
  after: string
  node: Node<T>
}

interface Node<T> {
  children: Map<string, Node<T>>
  /** Those with more literal text first; null where there are none. */
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

/** The node that a segment of a route leads to, made where it is missing. */
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

/** The line for a method among those of one shape: its own, GET's for HEAD, then ANY's. */
function pick<T>(lines: Map<string, T>, method: string): T | undefined {
  return lines.get(method) ?? (method === 'HEAD' ? lines.get('GET') : undefined) ?? lines.get('ANY')
}

/**
 * Depth-first, most specific first: static, a parameter with text around it, a parameter alone, then the wildcard of the nearest level.
 * @param from where the next segment of the path begins; behind its end where there is none
 */
function find<T>(
  node: Node<T>,
  path: string,
  from: number,
  values: string[],
  accept: (lines: Map<string, T>) => T | undefined
): T | undefined {
  if (from > path.length) {
    const line = node.here && accept(node.here)
    if (line) return line
  } else {
    const slash = path.indexOf('/', from)
    const end = slash === -1 ? path.length : slash
    const segment = path.slice(from, end)
    const child = node.children.size > 0 ? node.children.get(segment) : undefined
    const line = child && find(child, path, end + 1, values, accept)
    if (line) return line
    for (const part of node.parts ?? none) {
      const value = valueIn(part, segment)
      if (value === null) continue
      values.push(value)
      const line = find(part.node as Node<T>, path, end + 1, values, accept)
      if (line) return line
      values.pop()
    }
    if (node.parameter && segment !== '') {
      values.push(segment)
      const line = find(node.parameter, path, end + 1, values, accept)
      if (line) return line
      values.pop()
    }
  }
  return (node.rest && accept(node.rest)) || undefined
}

/** Where the first segment begins; `/` has none. */
const firstOf = (path: string) => (path === '/' ? 2 : 1)

/** What `ANY` is where methods are listed: a client knows no such method. */
export const knownMethods = methods.filter((method) => method !== 'ANY')

const split = (path: string) => (path === '/' ? [] : path.slice(1).split('/'))

/**
 * Finds lines by specificity, whatever their order: static before parameter before wildcard, segment by
 * segment. Cost depends on the length of the path, not on the number of lines.
 */
export function createMatcher<T>() {
  const root = newNode<T>()
  return {
    /** Adds a line; of two with one shape and method the first stays. */
    add(method: string, path: string, line: T) {
      let node = root
      const segments = split(path)
      const wildcard = segments.at(-1) === '**'
      for (const segment of wildcard ? segments.slice(0, -1) : segments) {
        node = step(node, segment)
      }
      const lines = (wildcard ? node.rest : node.here) ?? new Map<string, T>()
      if (wildcard) node.rest = lines
      else node.here = lines
      if (!lines.has(method)) lines.set(method, line)
    },

    /** The most specific line for this method and path, or null. */
    match(method: string, path: string): Match<T> | null {
      const values: string[] = []
      const route = find(root, path, firstOf(path), values, (lines) => pick(lines, method))
      return route === undefined ? null : { route, values }
    },

    /** The methods that some line allows for this path, for `allow`; empty where the path is unknown. */
    methods(path: string): string[] {
      const allowed = new Set<string>()
      find(root, path, firstOf(path), [], (lines) => {
        for (const method of lines.keys()) {
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

/** A line as it is met under one public prefix. */
export interface Entry {
  route: Route
  /** What is dropped from the front of the path before forwarding. */
  stripped: string
  /** What is put there instead: the rest of an alias's target where it is longer than what the service strips. */
  put: string
  /** Names of the values of a match. */
  names: readonly string[]
  /** The services of the table by host and port, which no client is told. */
  inside: ReadonlyMap<string, Service>
}

/** What an alias changes at the front of the path that is forwarded. */
function underAlias({ strip }: Service, from: string, to: string) {
  if (isUnder(strip, to)) return { stripped: from + strip.slice(to.length), put: '' }
  if (isUnder(to, strip)) return { stripped: from, put: to.slice(strip.length) }
  return { stripped: strip, put: '' }
}

/** Every path of the table, with what is met there: each line under its own and under every alias of it. */
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

/** Finds the route of the table that a request falls under; none takes the gateway's health checks. */
export function matcherOf(table: Table) {
  const matcher = createMatcher<Entry>()
  for (const { path, entry } of entriesOf(table)) matcher.add(entry.route.method, path, entry)
  return {
    match: (method: string, path: string) =>
      isHealthPath(path) ? null : matcher.match(method, path),
    methods: (path: string) => (isHealthPath(path) ? [] : matcher.methods(path))
  }
}
