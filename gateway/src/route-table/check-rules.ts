import { HeaderKind, headerName } from '../http/header-names.ts'
import { suggestion } from './errors.ts'
import {
  isUnder,
  parametersOf,
  partsOf,
  pathError,
  shapeOf,
  slashError,
  takesReserved,
  targetError
} from './paths.ts'
import type { RouteEntry, TableFile } from './schema.ts'
import type { Route } from './types.ts'
import { bytesOf, durationError } from './units.ts'
import type { Source } from './yaml.ts'

/** The error of a text that URL cannot parse: its port where it parses without one. */
function addressError(text: string): string {
  return URL.canParse(text.replace(/:[^:\]/]*\/?$/, ''))
    ? 'its port must be a number from 1 to 65535'
    : 'its host is invalid: use a name or an IP address'
}

/** The error of a service's URL beyond its form, or null. */
function urlError(text: string): string | null {
  const url = URL.parse(text)
  if (!url || url.port === '0') return addressError(text)
  // URL reads a backslash as a slash: the text after it would be dropped silently.
  return url.pathname === '/' ? null : 'must be a URL without a path'
}

/** The error of an origin that no browser sends, or null: origins are compared letter by letter. */
function originError(text: string): string | null {
  const url = URL.parse(text)
  if (!url || url.port === '0') return addressError(text)
  return url.origin === text ? null : `browsers send it as ${url.origin}`
}

const variables = ['$user.id', '$user.session']

/** A route as the file has it, with what its checks need. */
export interface RouteDraft {
  /** As written: `POST /api/users`. */
  key: string
  method: string
  path: string
  entry: RouteEntry
  file: TableFile
  /** Records an error at a key of the route, or at the route itself. */
  report: (message: string, key?: keyof RouteEntry) => void
}

function checkPath({ path, report }: RouteDraft) {
  const error = pathError(path)
  if (error) report(`the path ${error}`)
  if (takesReserved(path)) report('the gateway itself answers this path: choose another one')
}

/** Reports parameters and variables that have no value on the route. */
function checkReferences({ path, entry, report }: RouteDraft, isPublic: boolean) {
  const names = parametersOf(path)
  if (entry.owner && !names.includes(entry.owner)) {
    report(`the path has no :${entry.owner}${suggestion(entry.owner, names)}`, 'owner')
  }
  const target = entry.path ?? ''
  const error = targetError(target)
  if (error) report(`the path to forward to ${error}`, 'path')
  for (const name of parametersOf(target).filter((name) => !names.includes(name))) {
    report(`the route has no :${name}${suggestion(name, names)}`, 'path')
  }
  for (const [variable] of target.matchAll(/\$[^/]*/g)) {
    if (!variables.includes(variable)) {
      report(`unknown ${variable}${suggestion(variable, variables)}`, 'path')
    } else if (isPublic) report(`a public route has no ${variable}`, 'path')
  }
  if (entry.revoke === 'session' && isPublic)
    report('a public route has no session: remove revoke, or allow users', 'revoke')
}

/** Reports `path_chars` without a parameter, or with text around one, by which an encoded slash could make a dot segment. */
function checkPathChars({ path, entry, report }: RouteDraft) {
  if (entry.path_chars === undefined) return
  if (parametersOf(path).length === 0)
    report('needs a parameter in the path: add one, or remove path_chars', 'path_chars')
  const segments = `${path}${entry.path ?? ''}`.split('/').map(partsOf)
  const isPart = segments.some((parts) => parts !== null && parts.before + parts.after !== '')
  if (isPart) report('needs parameters that are whole segments, such as /:id', 'path_chars')
}

/** Reports keys that contradict `stream`, or need it. */
function checkStream({ method, entry, report }: RouteDraft) {
  const { stream, idle_timeout, issue, revoke } = entry
  if (idle_timeout !== undefined && !stream)
    report('needs the key stream: only a stream has an idle timeout', 'idle_timeout')
  if (stream === undefined) return
  if (stream === 'websocket' && method !== 'GET') {
    report('a WebSocket needs the method GET (RFC 6455, section 4.1)', 'stream')
  }
  if (issue) report('the response is either a token or a stream: remove issue or stream', 'stream')
  if (revoke) report('a stream cannot revoke its session: remove revoke or stream', 'stream')
}

function checkRouteTimes({ entry, report }: RouteDraft) {
  for (const key of ['timeout', 'attempt_timeout', 'idle_timeout'] as const) {
    const error = durationError(entry[key])
    if (error) report(error, key)
  }
}

/** Reports `idempotent` where the method does not take it. */
function checkIdempotent({ method, entry, report }: RouteDraft) {
  if (entry.idempotent && !['PUT', 'DELETE', 'ANY'].includes(method))
    report(
      `applies to PUT and DELETE only: RFC 9110, section 9.2 says it for ${method}`,
      'idempotent'
    )
}

/** Reports the errors of a route but those of `to`, `allow` and `rate`. */
export function checkRoute(route: RouteDraft, isPublic: boolean) {
  checkPath(route)
  checkReferences(route, isPublic)
  checkPathChars(route)
  checkStream(route)
  checkRouteTimes(route)
  checkIdempotent(route)
}

/** Reports request headers that the gateway never forwards. */
export function checkCorsHeaders({ cors }: TableFile, { report }: Source) {
  for (const [index, name] of (cors?.request_headers ?? []).entries()) {
    if (headerName(name).kind !== HeaderKind.dropped) continue
    report(['cors', 'request_headers', index], `the gateway never forwards ${name}: remove it`)
  }
}

/** Reports prefixes that end with a slash: segments are compared, so no path begins with them. */
export function checkPrefixes({ services }: TableFile, { report }: Source) {
  for (const [name, { strip = '/' }] of Object.entries(services)) {
    const error = slashError(strip)
    if (error) report(['services', name, 'strip'], `the prefix ${error}`)
  }
}

const minHeaderBytes = 1024
const maxHeaderBytes = 1024 ** 2

/** Reports header limits outside 1 kB to 1 MB. */
export function checkHeaderLimits({ services }: TableFile, { report }: Source) {
  for (const [name, { response_headers: size }] of Object.entries(services)) {
    if (size === undefined) continue
    const bytes = bytesOf(size)
    if (bytes >= minHeaderBytes && bytes <= maxHeaderBytes) continue
    report(['services', name, 'response_headers'], 'must be from 1kb to 1mb')
  }
}

/** Reports addresses that match the schema and are invalid all the same. */
export function checkAddresses({ services, cors }: TableFile, { report }: Source) {
  for (const [name, { url }] of Object.entries(services)) {
    const error = urlError(url)
    if (error) report(['services', name, 'url'], error)
  }
  for (const [index, origin] of (cors?.origins ?? []).entries()) {
    const error = originError(origin)
    if (error) report(['cors', 'origins', index], error)
  }
}

/** Reports the second of two routes that match the same requests. */
export function checkShapes({ routes }: TableFile, { report, lineOf }: Source) {
  const first = new Map<string, string>()
  for (const key of Object.keys(routes)) {
    const shape = shapeOf(key.replace(/ +/, ' '))
    const earlier = first.get(shape)
    if (earlier === undefined) first.set(shape, key)
    else
      report(
        ['routes', key],
        `matches the same requests as line ${lineOf(['routes', earlier])}: remove one`,
        'key'
      )
  }
}

/** Reports aliases that are no prefix, create a reserved path, or lead to no route. */
export function checkAliases(
  { aliases = {} }: TableFile,
  routes: readonly Route[],
  { report, errors }: Source
) {
  const isComplete = errors.length === 0
  for (const [from, to] of Object.entries(aliases)) {
    const reportAlias = (message: string) => report(['aliases', from], message, 'key')
    const aliased = routes.filter(({ path }) => isUnder(path, to))
    const created = aliased.map(({ path }) => from + path.slice(to.length))
    const reserved = created.find(takesReserved)
    const error = aliasError(from)
    if (error) reportAlias(error)
    else if (reserved)
      reportAlias(`creates ${reserved}, which the gateway itself answers: choose another prefix`)
    else if (created.length === 0 && isComplete) reportAlias(`no route is under ${to}`)
  }
}

function aliasError(from: string): string | null {
  if (/[:*]/.test(from)) return 'a prefix cannot have a parameter or a wildcard'
  const error = from === '/' ? 'has an empty segment' : pathError(from)
  return error && `the prefix ${error}`
}

/** Reports durations that no timer can wait for. */
export function checkTimes({ services, defaults, cors }: TableFile, { report }: Source) {
  const connects = Object.entries(services).map(([name, { connect_timeout }]) => ({
    path: ['services', name, 'connect_timeout'],
    duration: connect_timeout
  }))
  const times = [
    { path: ['defaults', 'timeout'], duration: defaults?.timeout },
    { path: ['defaults', 'attempt_timeout'], duration: defaults?.attempt_timeout },
    { path: ['cors', 'max_age'], duration: cors?.max_age },
    ...connects
  ]
  for (const { path, duration } of times) {
    const error = durationError(duration)
    if (error) report(path, error)
  }
}

/** Reports user types that are reserved words of `allow`. */
export function checkTypes({ user_types = [] }: TableFile, { report }: Source) {
  for (const [index, type] of user_types.entries()) {
    if (!['public', 'user', 'owner'].includes(type)) continue
    report(['user_types', index], `${type} is a reserved word of allow: choose another name`)
  }
}
