import { compileRoute, type Line } from './compile-route.ts'
import { isUnder, pathFault, shapeOf, takesReserved } from './paths.ts'
import type { CorsPolicy, Route, Service, StreamCaps, Table } from './route.ts'
import type { RouteEntry, TableFile } from './schema.ts'
import type { Source } from './source.ts'
import { durationFault, durationMs } from './units.ts'

function compileServices(file: TableFile): Map<string, Service> {
  const services = Object.entries(file.services).map(([name, entry]): [string, Service] => [
    name,
    {
      name,
      origin: new URL(entry.url).origin,
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
  const { per_user = 256, in_all = 10_000 } = defaults?.streams ?? {}
  return { perUser: per_user, inAll: in_all }
}

/** Two lines of one method and shape would take the same requests: the second is a mistake. */
function checkShapes(routes: readonly Route[], { report }: Source) {
  const first = new Map<string, number>()
  for (const { method, path, line, key } of routes.map((route) => ({
    ...route,
    key: `${route.method} ${shapeOf(route.path)}`
  }))) {
    const earlier = first.get(key)
    if (earlier === undefined) first.set(key, line)
    else report(['routes', `${method} ${path}`], `has the same shape as line ${earlier}`, 'key')
  }
}

/** An alias is a path of its own, and stands for lines that there are. */
function checkAliases(
  { aliases = {} }: TableFile,
  routes: readonly Route[],
  { report, faults }: Source
) {
  const isWhole = faults.length === 0
  for (const [from, to] of Object.entries(aliases)) {
    const tell = (message: string) => report(['aliases', from], message, 'key')
    const paths = routes.filter(({ path }) => isUnder(path, to))
    const meant = paths.map(({ path }) => from + path.slice(to.length))
    const taken = meant.find(takesReserved)
    const fault = aliasFault(from)
    if (fault) tell(fault)
    else if (taken) tell(`it makes ${taken}, which the gateway itself answers`)
    else if (meant.length === 0 && isWhole) tell(`no line of the table is under ${to}`)
  }
}

function aliasFault(from: string): string | null {
  if (/[:*]/.test(from)) return 'a prefix has no parameter and no wildcard'
  const fault = from === '/' ? 'has an empty segment' : pathFault(from)
  return fault && `the prefix ${fault}`
}

function checkTimes({ services, defaults, cors }: TableFile, { report }: Source) {
  const connects = Object.entries(services).map(([name, { connect }]) => ({
    path: ['services', name, 'connect'],
    field: connect
  }))
  const times = [
    { path: ['defaults', 'timeout'], field: defaults?.timeout },
    { path: ['defaults', 'try'], field: defaults?.try },
    { path: ['cors', 'max_age'], field: cors?.max_age },
    ...connects
  ]
  for (const { path, field } of times) {
    const fault = durationFault(field)
    if (fault) report(path, fault)
  }
}

/** The words of `allow` that mean something else can be no user's type. */
function checkTypes({ user_types = [] }: TableFile, { report }: Source) {
  for (const [index, type] of user_types.entries()) {
    if (!['public', 'user', 'owner'].includes(type)) continue
    report(['user_types', index], `${type} has a meaning of its own in allow`)
  }
}

/** Turns a file of the right shape into the table that is served; reports what cannot be meant. */
export function compileTable(file: TableFile, source: Source): Table {
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
  checkShapes(known, source)
  checkAliases(file, known, source)
  return {
    services: [...services.values()],
    routes: known,
    aliases: Object.entries(file.aliases ?? {}).map(([from, to]) => ({ from, to })),
    cors: compileCors(file),
    streams: compileStreams(file)
  }
}
