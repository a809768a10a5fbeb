import type { Line } from './check-line.ts'
import { checkAddresses, checkAliases, checkShapes, checkTimes, checkTypes } from './check-table.ts'
import { compileRoute } from './compile-route.ts'
import type { CorsPolicy, Route, Service, StreamCaps, Table } from './route.ts'
import type { RouteEntry } from './route-entry.ts'
import type { TableFile } from './schema.ts'
import type { Source } from './source.ts'
import { durationMs } from './units.ts'

function compileServices(file: TableFile): Map<string, Service> {
  const services = Object.entries(file.services).map(([name, entry]): [string, Service] => [
    name,
    {
      name,
      // What is no URL has been reported.
      origin: URL.parse(entry.url)?.origin ?? '',
      strip: entry.strip === '/' ? '' : (entry.strip ?? ''),
      connectMs: durationMs(entry.connect ?? '1s'),
      openapi: entry.openapi ?? null,
      health: entry.health ?? null,
      sessions: entry.sessions ?? null
    }
  ])
  return new Map(services)
}

function compileCors({ cors }: TableFile): CorsPolicy | null {
  if (!cors) return null
  const { origins, credentials = false, max_age = '10m' } = cors
  return { origins, credentials, maxAgeMs: durationMs(max_age) }
}

function compileStreams({ defaults }: TableFile): StreamCaps {
  const { per_user = 256, in_all = 8000 } = defaults?.streams ?? {}
  return { perUser: per_user, inAll: in_all }
}

/** Turns a file of the right shape into the table that is served; reports what cannot be meant. */
export function compileTable(file: TableFile, source: Source): Table {
  checkAddresses(file, source)
  checkShapes(file, source)
  const services = compileServices(file)
  const routes = Object.entries(file.routes).map(([key, entry]): Route | null => {
    const [method = '', path = ''] = key.split(/ +/)
    const report: Line['report'] = (message, field?: keyof RouteEntry) =>
      field
        ? source.report(['routes', key, field], message)
        : source.report(['routes', key], message, 'key')
    const line = { key: `${method} ${path}`, method, path, entry, file, report }
    const route = compileRoute(line, services)
    return route && { ...route, line: source.lineOf(['routes', key]) }
  })
  checkTypes(file, source)
  checkTimes(file, source)
  const known = routes.filter((route) => route !== null)
  checkAliases(file, known, source)
  return {
    services: [...services.values()],
    routes: known,
    aliases: Object.entries(file.aliases ?? {}).map(([from, to]) => ({ from, to })),
    cors: compileCors(file),
    connections: file.defaults?.connections ?? 10_000,
    streams: compileStreams(file)
  }
}
