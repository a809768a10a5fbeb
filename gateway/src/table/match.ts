import { parametersOf } from './paths.ts'
import type { Route, Table } from './route.ts'

/** The line that a request falls under, and what its parameters are there. */
export interface Match<T = Route> {
  route: T
  /** Values of the `:name` segments, in order, as they stand in the path (still encoded). */
  values: readonly string[]
}

interface Node<T> {
  children: Map<string, Node<T>>
  parameter: Node<T> | null
  here: Map<string, T> | null
  rest: Map<string, T> | null
}

const newNode = <T>(): Node<T> => ({
  children: new Map(),
  parameter: null,
  here: null,
  rest: null
})

/** The line for a method among those of one shape: its own, GET's for HEAD, then ANY's. */
function pick<T>(lines: Map<string, T>, method: string): T | undefined {
  return lines.get(method) ?? (method === 'HEAD' ? lines.get('GET') : undefined) ?? lines.get('ANY')
}

/** Depth-first, most specific first: static, parameter, then the wildcard of the nearest level. */
function find<T>(
  node: Node<T>,
  segments: readonly string[],
  index: number,
  values: string[],
  accept: (lines: Map<string, T>) => T | undefined
): T | undefined {
  const segment = segments[index]
  if (segment === undefined) {
    const line = node.here && accept(node.here)
    if (line) return line
  } else {
    const child = node.children.get(segment)
    const line = child && find(child, segments, index + 1, values, accept)
    if (line) return line
    if (node.parameter && segment !== '') {
      values.push(segment)
      const line = find(node.parameter, segments, index + 1, values, accept)
      if (line) return line
      values.pop()
    }
  }
  return (node.rest && accept(node.rest)) || undefined
}

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
        const next = segment.startsWith(':')
          ? (node.parameter ?? newNode<T>())
          : (node.children.get(segment) ?? newNode<T>())
        if (segment.startsWith(':')) node.parameter = next
        else node.children.set(segment, next)
        node = next
      }
      const lines = (wildcard ? node.rest : node.here) ?? new Map<string, T>()
      if (wildcard) node.rest = lines
      else node.here = lines
      if (!lines.has(method)) lines.set(method, line)
    },

    /** The most specific line for this method and path, or null. */
    match(method: string, path: string): Match<T> | null {
      const values: string[] = []
      const route = find(root, split(path), 0, values, (lines) => pick(lines, method))
      return route === undefined ? null : { route, values }
    },

    /** The methods that some line allows for this path, for `allow`; empty where the path is unknown. */
    methods(path: string): string[] {
      const allowed = new Set<string>()
      find(root, split(path), 0, [], (lines) => {
        for (const method of lines.keys()) allowed.add(method)
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
  /** What is dropped from the front of the path before forwarding, in characters. */
  stripped: string
  /** Names of the values of a match. */
  names: readonly string[]
}

/** All lines of the table, each under its own path and under every alias of it. */
export function matcherOf(table: Table) {
  const matcher = createMatcher<Entry>()
  const add = (route: Route, path: string, stripped: string) =>
    matcher.add(route.method, path, { route, stripped, names: parametersOf(path) })
  for (const route of table.routes) add(route, route.path, route.service.strip)
  for (const { from, to } of table.aliases) {
    for (const route of table.routes.filter(({ path }) => `${path}/`.startsWith(`${to}/`))) {
      const { strip } = route.service
      const stripped = strip.startsWith(to) ? from + strip.slice(to.length) : strip
      add(route, from + route.path.slice(to.length), stripped)
    }
  }
  return matcher
}
