import { parseDuration } from '@gatehouse/service-kit'
import { suggestion } from './faults.ts'
import { parametersOf, pathFault, reserved } from './paths.ts'
import type { Rate, Route, Service } from './route.ts'
import type { RouteEntry, TableFile } from './schema.ts'
import { bytesOf, rateOf } from './units.ts'

const defaultTypes = ['admin', 'default']
const variables = ['$user.id', '$user.session']

/** One line on its way to a Route, with what its checks need. */
export interface Line {
  /** As written: `POST /api/users`. */
  key: string
  method: string
  path: string
  entry: RouteEntry
  file: TableFile
  /** Records a mistake at a key of the line, or at the line itself. */
  report: (message: string, field?: keyof RouteEntry) => void
}

const windowMs = (duration: string) => parseDuration(duration) ?? 0
const durationMs = (field: string | { ms: number }) =>
  typeof field === 'string' ? windowMs(field) : field.ms

function compileAllow({ entry, file, report }: Line): string[] {
  const allow = [entry.allow].flat()
  const known = ['public', 'user', 'owner', ...(file.user_types ?? defaultTypes)]
  for (const word of allow.filter((word) => !known.includes(word))) {
    report(`${word} is no user type${suggestion(word, known)}`, 'allow')
  }
  if (allow.includes('public') && allow.length > 1) {
    report('public lets everybody pass, so it stands alone', 'allow')
  }
  if (allow.includes('owner') && !entry.owner) {
    report('owner needs a key owner: the path parameter that must be the caller’s id', 'allow')
  }
  if (entry.owner && !allow.includes('owner')) {
    report('has no effect unless allow names owner', 'owner')
  }
  return allow
}

function compileRate({ key, entry, file, report }: Line, isPublic: boolean): Rate | null {
  const rate = rateOf(entry.rate ?? file.defaults?.rate ?? 'off', windowMs)
  if (!rate) return null
  if (rate.per === 'user' && isPublic) {
    const message = 'a public route has no user to count for; use a rate per ip'
    report(message, entry.rate === undefined ? undefined : 'rate')
  }
  return { ...rate, bucket: entry.rate === undefined ? 'default' : key }
}

function checkPath({ path, report }: Line) {
  const fault = pathFault(path)
  if (fault) report(`the path ${fault}`)
  if (reserved.includes(path)) report('the gateway itself answers this path')
}

/** Reports parameters and variables that the line cannot fill. */
function checkReferences({ path, entry, report }: Line, isPublic: boolean) {
  const names = parametersOf(path)
  if (entry.owner && !names.includes(entry.owner)) {
    report(`the path has no :${entry.owner}${suggestion(entry.owner, names)}`, 'owner')
  }
  const target = entry.path ?? ''
  for (const name of parametersOf(target).filter((name) => !names.includes(name))) {
    report(`the route has no :${name}${suggestion(name, names)}`, 'path')
  }
  for (const [variable] of target.matchAll(/\$[^/]*/g)) {
    if (!variables.includes(variable)) {
      report(`unknown ${variable}${suggestion(variable, variables)}`, 'path')
    } else if (isPublic) report(`a public route has no ${variable}`, 'path')
  }
  if (entry.revoke && isPublic) report('a public route has no session to end', 'revoke')
}

function serviceOf({ entry, path, report }: Line, services: Map<string, Service>): Service | null {
  const service = services.get(entry.to)
  if (!service) {
    report(`there is no service ${entry.to}${suggestion(entry.to, [...services.keys()])}`, 'to')
    return null
  }
  if (!entry.path && !`${path}/`.startsWith(`${service.strip}/`)) {
    report(`the path does not begin with ${service.strip}, which ${service.name} strips`)
  }
  return service
}

/** The route that a line means, or null where its service is unknown; reports every mistake in it. */
export function compileRoute(
  line: Line,
  services: Map<string, Service>
): Omit<Route, 'line'> | null {
  const { method, path, entry, file } = line
  checkPath(line)
  const allow = compileAllow(line)
  const isPublic = allow.includes('public')
  checkReferences(line, isPublic)
  const rate = compileRate(line, isPublic)
  const service = serviceOf(line, services)
  return (
    service && {
      method,
      path,
      service,
      target: entry.path ?? null,
      allow,
      owner: entry.owner ?? null,
      issue: entry.issue ?? null,
      revoke: entry.revoke ?? null,
      timeoutMs: durationMs(entry.timeout ?? file.defaults?.timeout ?? '10s'),
      bodyBytes: bytesOf(entry.body ?? file.defaults?.body ?? '1mb'),
      rate
    }
  )
}
