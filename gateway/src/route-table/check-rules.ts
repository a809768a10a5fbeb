import { Field, fieldOf } from '../http/header-names.ts'
import { suggestion } from './errors.ts'
import {
  isUnder,
  parametersOf,
  partsOf,
  pathFault,
  shapeOf,
  slashFault,
  takesReserved,
  targetFault
} from './paths.ts'
import type { RouteEntry, TableFile } from './schema.ts'
import type { Route } from './types.ts'
import { bytesOf, durationError } from './units.ts'
import type { Source } from './yaml.ts'

/** Says why an address is no URL: it has a bad port where it is one without. */
function addressFault(text: string): string {
  return URL.canParse(text.replace(/:[^:\]/]*\/?$/, ''))
    ? 'its port must be a number from 1 to 65535'
    : 'its host is none that a URL can have'
}

/** What is wrong with the URL of a service beyond its form, or null. */
export function urlFault(text: string): string | null {
  const url = URL.parse(text)
  if (!url || url.port === '0') return addressFault(text)
  // A backslash is a slash to URL, so that what follows it would be dropped in silence.
  return url.pathname === '/' ? null : 'must be a URL without a path'
}

/** What keeps an origin from ever being that of a request, or null: they are compared letter by letter. */
export function originFault(text: string): string | null {
  const url = URL.parse(text)
  if (!url || url.port === '0') return addressFault(text)
  return url.origin === text ? null : `browsers send it as ${url.origin}`
}

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

/** Reports an encoded slash that no parameter could have, or that could make a dot segment with the text around it. */
function checkPathChars({ path, entry, report }: Line) {
  if (entry.path_chars === undefined) return
  if (parametersOf(path).length === 0) report('needs a parameter in the path', 'path_chars')
  const segments = `${path}${entry.path ?? ''}`.split('/').map(partsOf)
  const isPart = segments.some((parts) => parts !== null && parts.before + parts.after !== '')
  if (isPart) report('is for parameters that are a whole segment', 'path_chars')
}

/** Reports what cannot be meant of a stream. */
function checkStream({ method, entry, report }: Line) {
  const { stream, idle_timeout, issue, revoke } = entry
  if (idle_timeout !== undefined && !stream)
    report('only a stream can be idle; it needs a key stream', 'idle_timeout')
  if (stream === undefined) return
  if (stream === 'websocket' && method !== 'GET') {
    report('a WebSocket begins with GET (RFC 6455, section 4.1)', 'stream')
  }
  if (issue) report('the answer is either a token response or a stream', 'stream')
  if (revoke) report('a stream ends with its session, so it cannot end it', 'stream')
}

function checkRouteTimes({ entry, report }: Line) {
  for (const field of ['timeout', 'attempt_timeout', 'idle_timeout'] as const) {
    const fault = durationError(entry[field])
    if (fault) report(fault, field)
  }
}

/** Reports an `idempotent` that no method of the line listens to. */
function checkIdempotent({ method, entry, report }: Line) {
  if (entry.idempotent && !['PUT', 'DELETE', 'ANY'].includes(method))
    report(
      `is for PUT and DELETE; ${method} has its meaning from RFC 9110, section 9.2`,
      'idempotent'
    )
}

/** Reports what a line says that cannot be; who may use it is known by then. */
export function checkLine(line: Line, isPublic: boolean) {
  checkPath(line)
  checkReferences(line, isPublic)
  checkPathChars(line)
  checkStream(line)
  checkRouteTimes(line)
  checkIdempotent(line)
}

/** Reports request headers that a script may send in vain: they are dropped on the way. */
export function checkCorsHeaders({ cors }: TableFile, { report }: Source) {
  for (const [index, name] of (cors?.request_headers ?? []).entries()) {
    if (fieldOf(name).kind !== Field.dropped) continue
    report(['cors', 'request_headers', index], `${name} never reaches a service: leave it out`)
  }
}

/** Reports prefixes that no path begins with, as segments are compared. */
export function checkPrefixes({ services }: TableFile, { report }: Source) {
  for (const [name, { strip = '/' }] of Object.entries(services)) {
    const fault = slashFault(strip)
    if (fault) report(['services', name, 'strip'], `the prefix ${fault}`)
  }
}

const minHeaderBytes = 1024
const maxHeaderBytes = 1024 ** 2

/** Reports limits of services that fit no response, or that are none. */
export function checkHeaderLimits({ services }: TableFile, { report }: Source) {
  for (const [name, { response_headers: size }] of Object.entries(services)) {
    if (size === undefined) continue
    const bytes = bytesOf(size)
    if (bytes >= minHeaderBytes && bytes <= maxHeaderBytes) continue
    report(['services', name, 'response_headers'], 'must be from 1kb to 1mb')
  }
}

/** Reports addresses of the right form that can be none. */
export function checkAddresses({ services, cors }: TableFile, { report }: Source) {
  for (const [name, { url }] of Object.entries(services)) {
    const fault = urlFault(url)
    if (fault) report(['services', name, 'url'], fault)
  }
  for (const [index, origin] of (cors?.origins ?? []).entries()) {
    const fault = originFault(origin)
    if (fault) report(['cors', 'origins', index], fault)
  }
}

/** Two lines of one method and shape would take the same requests: the second is a mistake. */
export function checkShapes({ routes }: TableFile, { report, lineOf }: Source) {
  const first = new Map<string, string>()
  for (const key of Object.keys(routes)) {
    const shape = shapeOf(key.replace(/ +/, ' '))
    const earlier = first.get(shape)
    if (earlier === undefined) first.set(shape, key)
    else report(['routes', key], `has the same shape as line ${lineOf(['routes', earlier])}`, 'key')
  }
}

/** An alias is a path of its own, and stands for lines that there are. */
export function checkAliases(
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

export function checkTimes({ services, defaults, cors }: TableFile, { report }: Source) {
  const connects = Object.entries(services).map(([name, { connect_timeout }]) => ({
    path: ['services', name, 'connect_timeout'],
    field: connect_timeout
  }))
  const times = [
    { path: ['defaults', 'timeout'], field: defaults?.timeout },
    { path: ['defaults', 'attempt_timeout'], field: defaults?.attempt_timeout },
    { path: ['cors', 'max_age'], field: cors?.max_age },
    ...connects
  ]
  for (const { path, field } of times) {
    const fault = durationError(field)
    if (fault) report(path, fault)
  }
}

/** The words of `allow` that mean something else can be no user's type. */
export function checkTypes({ user_types = [] }: TableFile, { report }: Source) {
  for (const [index, type] of user_types.entries()) {
    if (!['public', 'user', 'owner'].includes(type)) continue
    report(['user_types', index], `${type} has a meaning of its own in allow`)
  }
}
