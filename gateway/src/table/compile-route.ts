import { suggestion } from './faults.ts'
import { isUnder, parametersOf, pathFault, takesReserved, targetFault } from './paths.ts'
import type { Rate, Route, Service } from './route.ts'
import type { RouteEntry, TableFile } from './schema.ts'
import { bytesOf, durationFault, durationMs, rateOf } from './units.ts'

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
  const rate = rateOf(entry.rate ?? file.defaults?.rate ?? 'off')
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
  if (takesReserved(path)) report('the gateway itself answers this path')
}

/** Reports parameters and variables that the line cannot fill. */
function checkReferences({ path, entry, report }: Line, isPublic: boolean) {
  const names = parametersOf(path)
  if (entry.owner && !names.includes(entry.owner)) {
    report(`the path has no :${entry.owner}${suggestion(entry.owner, names)}`, 'owner')
  }
  const target = entry.path ?? ''
  const fault = targetFault(target)
  if (fault) report(`the path to forward to ${fault}`, 'path')
  for (const name of parametersOf(target).filter((name) => !names.includes(name))) {
    report(`the route has no :${name}${suggestion(name, names)}`, 'path')
  }
  for (const [variable] of target.matchAll(/\$[^/]*/g)) {
    if (!variables.includes(variable)) {
      report(`unknown ${variable}${suggestion(variable, variables)}`, 'path')
    } else if (isPublic) report(`a public route has no ${variable}`, 'path')
  }
  if (entry.revoke === 'session' && isPublic)
    report('a public route has no session to end', 'revoke')
}

/** Silence after which a stream gets a heartbeat or is closed, where the line does not say. */
const idleDefaults = { sse: '15s', websocket: '10m' } as const

/** Reports what cannot be meant of a stream. */
function checkStream({ method, entry, report }: Line) {
  const { stream, idle, issue, revoke } = entry
  if (idle !== undefined && !stream)
    report('only a stream can be idle; it needs a key stream', 'idle')
  if (stream === undefined) return
  if (stream === 'websocket' && method !== 'GET') {
    report('a WebSocket begins with GET (RFC 6455, section 4.1)', 'stream')
  }
  if (issue) report('the answer is either a token response or a stream', 'stream')
  if (revoke) report('a stream ends with its session, so it cannot end it', 'stream')
}

function serviceOf({ entry, path, report }: Line, services: Map<string, Service>): Service | null {
  const service = services.get(entry.to)
  if (!service) {
    report(`there is no service ${entry.to}${suggestion(entry.to, [...services.keys()])}`, 'to')
    return null
  }
  if (!entry.path && !isUnder(path, service.strip)) {
    report(`the path does not begin with ${service.strip}, which ${service.name} strips`)
  }
  return service
}

function checkTimes({ entry, report }: Line) {
  for (const field of ['timeout', 'idle'] as const) {
    const fault = durationFault(entry[field])
    if (fault) report(fault, field)
  }
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
  checkStream(line)
  checkTimes(line)
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
      stream: entry.stream ?? null,
      idleMs: durationMs(entry.idle ?? idleDefaults[entry.stream ?? 'sse']),
      timeoutMs: durationMs(entry.timeout ?? file.defaults?.timeout ?? '10s'),
      bodyBytes: bytesOf(entry.body ?? file.defaults?.body ?? '1mb'),
      rate
    }
  )
}
