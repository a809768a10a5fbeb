import { readFileSync } from 'node:fs'
import { StartError } from '@gatehouse/service-kit'
import {
  checkAddresses,
  checkAliases,
  checkCorsHeaders,
  checkHeaderLimits,
  checkPrefixes,
  checkRoute,
  checkShapes,
  checkTimes,
  checkTypes,
  type RouteDraft
} from './check-rules.ts'
import { checkShape } from './check-schema.ts'
import { suggestion, TableError } from './errors.ts'
import { coversHealth, isUnder } from './paths.ts'
import type { RouteEntry, TableFile } from './schema.ts'
import type { CorsPolicy, Rate, Route, Service, StreamCaps, Table } from './types.ts'
import { bytesOf, durationMs, rateOf } from './units.ts'
import { readSource, type Source } from './yaml.ts'

const defaultTypes = ['admin', 'default']

function compileAllow({ entry, file, report }: RouteDraft): string[] {
  const allow = [entry.allow].flat()
  const known = ['public', 'user', 'owner', ...(file.user_types ?? defaultTypes)]
  for (const word of allow.filter((word) => !known.includes(word))) {
    report(`unknown user type ${word}${suggestion(word, known)}`, 'allow')
  }
  if (allow.includes('public') && allow.length > 1) {
    report('public allows everyone: remove the other words', 'allow')
  }
  if (allow.includes('owner') && !entry.owner) {
    report('owner needs the key owner: the path parameter that must be the caller’s id', 'allow')
  }
  if (entry.owner && !allow.includes('owner')) {
    report('has no effect unless allow has owner: add it there', 'owner')
  }
  return allow
}

function compileRate({ key, entry, file, report }: RouteDraft, isPublic: boolean): Rate | null {
  const rate = rateOf(entry.rate ?? file.defaults?.rate ?? 'off')
  if (!rate) return null
  if (rate.per === 'user' && isPublic) {
    const message = 'a public route has no user to count: write per ip'
    report(message, entry.rate === undefined ? undefined : 'rate')
  }
  return { ...rate, bucket: entry.rate === undefined ? 'default' : key }
}

/** Default of `idle_timeout`. */
const idleDefaults = { sse: '15s', websocket: '10m' } as const

function serviceOf(
  { entry, path, report }: RouteDraft,
  services: Map<string, Service>
): Service | null {
  const service = services.get(entry.to)
  if (!service) {
    report(`unknown service ${entry.to}${suggestion(entry.to, [...services.keys()])}`, 'to')
    return null
  }
  if (!entry.path && !isUnder(path, service.strip) && !service.strip.endsWith('/')) {
    report(`the path does not begin with ${service.strip}, which ${service.name} strips`)
  }
  return service
}

/** The attempt timeout of the route or the defaults; null where neither has one. */
function attemptTimeoutOf({ entry, file }: RouteDraft): number | null {
  const field = entry.attempt_timeout ?? file.defaults?.attempt_timeout
  return field === undefined ? null : durationMs(field)
}

/** Compiles a route and reports all errors in it; null where its service is unknown. */
function compileRoute(
  draft: RouteDraft,
  services: Map<string, Service>
): Omit<Route, 'line'> | null {
  const { method, path, entry, file } = draft
  const allow = compileAllow(draft)
  const isPublic = allow.includes('public')
  checkRoute(draft, isPublic)
  const rate = compileRate(draft, isPublic)
  const service = serviceOf(draft, services)
  return (
    service && {
      method,
      path,
      service,
      target: entry.path ?? null,
      pathChars: entry.path_chars ?? 'plain',
      allow,
      owner: entry.owner ?? null,
      issue: entry.issue ?? null,
      revoke: entry.revoke ?? null,
      stream: entry.stream ?? null,
      idleMs: durationMs(entry.idle_timeout ?? idleDefaults[entry.stream ?? 'sse']),
      timeoutMs: durationMs(entry.timeout ?? file.defaults?.timeout ?? '10s'),
      tryMs: attemptTimeoutOf(draft),
      idempotent: entry.idempotent ?? false,
      bodyBytes: bytesOf(entry.body ?? file.defaults?.body ?? '1mb'),
      rate
    }
  )
}

function compileServices(file: TableFile): Map<string, Service> {
  const services = Object.entries(file.services).map(([name, entry]): [string, Service] => [
    name,
    {
      name,
      // An invalid URL has been reported.
      origin: URL.parse(entry.url)?.origin ?? '',
      strip: entry.strip === '/' ? '' : (entry.strip ?? ''),
      connectMs: durationMs(entry.connect_timeout ?? '1s'),
      responseHeaderBytes: bytesOf(entry.response_headers ?? '16kb'),
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
  const lower = (names: readonly string[] = []) => names.map((name) => name.toLowerCase())
  return {
    origins,
    credentials,
    exposedHeaders: lower(cors.exposed_headers),
    requestHeaders: lower(cors.request_headers),
    maxAgeMs: durationMs(max_age)
  }
}

function compileStreams({ defaults }: TableFile): StreamCaps {
  const { per_user = 256, total = 8000 } = defaults?.streams ?? {}
  return { perUser: per_user, inAll: total }
}

/** Hints about valid routes that may surprise their author. */
function noticesOf(routes: readonly Route[], file: string): string[] {
  return routes
    .filter(({ path }) => coversHealth(path))
    .map(
      ({ method, path, line }) =>
        `${file}:${line} ${method} ${path}: matches every path except /health/*, which the gateway itself answers`
    )
}

/** Compiles a file that matches the schema; reports the errors that only its meaning shows. */
function compileTable(file: TableFile, source: Source, name: string): Table {
  checkAddresses(file, source)
  checkHeaderLimits(file, source)
  checkPrefixes(file, source)
  checkCorsHeaders(file, source)
  checkShapes(file, source)
  const services = compileServices(file)
  const routes = Object.entries(file.routes).map(([key, entry]): Route | null => {
    const [method = '', path = ''] = key.split(/ +/)
    const report: RouteDraft['report'] = (message, name?: keyof RouteEntry) =>
      name
        ? source.report(['routes', key, name], message)
        : source.report(['routes', key], message, 'key')
    const draft = { key: `${method} ${path}`, method, path, entry, file, report }
    const route = compileRoute(draft, services)
    return route && { ...route, line: source.lineOf(['routes', key]) }
  })
  checkTypes(file, source)
  checkTimes(file, source)
  const known = routes.filter((route) => route !== null)
  checkAliases(file, known, source)
  return {
    services: [...services.values()],
    routes: known,
    notices: noticesOf(known, name),
    userTypes: file.user_types ?? defaultTypes,
    aliases: Object.entries(file.aliases ?? {}).map(([from, to]) => ({ from, to })),
    cors: compileCors(file),
    connections: file.defaults?.connections ?? 10_000,
    streams: compileStreams(file)
  }
}

/** UTF-16 read as UTF-8 is full of NULs, which YAML does not allow. */
const notText = {
  line: 1,
  column: 1,
  at: '',
  message: 'the file is not UTF-8 text (perhaps UTF-16): save it as UTF-8'
}

/**
 * Compiles the text of a route table. Throws one TableError with all errors of its syntax, variables, schema and meaning.
 *
 * @param file its name, for messages
 * @param env fills `${NAME}` and `${NAME:-default}`
 */
export function parseTable(text: string, file: string, env: NodeJS.ProcessEnv): Table {
  if (text.includes('\0')) throw new TableError(file, [notText])
  const source = readSource(text, env)
  const shaped = source.readable ? checkShape(source.value, source.report) : null
  const table = shaped && compileTable(shaped, source, file)
  if (table && source.errors.length === 0) return table
  throw new TableError(file, source.errors)
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartError(
      `Cannot read the route table ${file} (${code}). Set GATEWAY_CONFIG to its path.`
    )
  }
}

/** Reads and compiles a route table; throws StartError where it cannot be read, TableError where it is invalid. */
export function loadTable(file: string, env: NodeJS.ProcessEnv): Table {
  return parseTable(readTable(file), file, env)
}
