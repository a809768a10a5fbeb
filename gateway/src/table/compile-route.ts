import { checkLine, type Line } from './check-line.ts'
import { suggestion } from './faults.ts'
import { isUnder } from './paths.ts'
import type { Rate, Route, Service } from './route.ts'
import { bytesOf, durationMs, rateOf } from './units.ts'

const defaultTypes = ['admin', 'default']

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

/** Silence after which a stream gets a heartbeat or is closed, where the line does not say. */
const idleDefaults = { sse: '15s', websocket: '10m' } as const

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

/** Time for one try, where the line or the defaults give one. */
function tryOf({ entry, file }: Line): number | null {
  const field = entry.try ?? file.defaults?.try
  return field === undefined ? null : durationMs(field)
}

/** The route that a line means, or null where its service is unknown; reports every mistake in it. */
export function compileRoute(
  line: Line,
  services: Map<string, Service>
): Omit<Route, 'line'> | null {
  const { method, path, entry, file } = line
  const allow = compileAllow(line)
  const isPublic = allow.includes('public')
  checkLine(line, isPublic)
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
      tryMs: tryOf(line),
      idempotent: entry.idempotent ?? false,
      bodyBytes: bytesOf(entry.body ?? file.defaults?.body ?? '1mb'),
      rate
    }
  )
}
