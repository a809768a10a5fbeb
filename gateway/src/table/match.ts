import { createMatcher } from './matcher.ts'
import { isUnder, parametersOf } from './paths.ts'
import type { Route, Service, Table } from './route.ts'

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

/** Finds the line of the table that a request falls under. */
export function matcherOf(table: Table) {
  const matcher = createMatcher<Entry>()
  for (const { path, entry } of entriesOf(table)) matcher.add(entry.route.method, path, entry)
  return matcher
}
