import { type Finding, gathered, type Side } from '@gatehouse/openapi/change'
import { escaped } from '@gatehouse/openapi/findings'
import { follow, type Json, listIn, objectIn } from '@gatehouse/openapi/json'
import { below, followed, keysOf, type Place, rootOf } from '@gatehouse/openapi/location'
import type { SourceOperation } from '@gatehouse/openapi/paths'
import { flatten, knownNames } from '@gatehouse/openapi/resolved-schema'
import Schema from 'typebox/schema'
import { SessionAnswer } from '../../dispatch/http/issue-token.ts'
import { HeaderKind, headerName } from '../../http/header-names.ts'
import type { Described } from '../../openapi/merge.ts'
import { type Published, select } from '../../openapi/select-operations.ts'
import { suggestion } from '../../route-table/errors.ts'
import { parametersOf } from '../../route-table/paths.ts'
import type { Route, Table } from '../../route-table/types.ts'

function responsesOf({ operation }: SourceOperation, { document }: Described): Place[] {
  const responses = below(rootOf({ ...document, operation }), 'operation', 'responses')
  return keysOf(responses)
    .filter((status) => /^[12]/.test(status))
    .map((status) => ({ ...followed(below(responses, status)), status }))
}

const mediaOf = (responses: readonly Place[]) =>
  responses.flatMap((response) => keysOf(below(response, 'content')))

/** Fields that `issue: token` needs and the service's response does not have. */
function issueMismatches(responses: readonly Place[], at: string): Mismatch[] {
  const schemas = responses.flatMap((response) => {
    const content = below(response, 'content')
    return keysOf(content).map((type) => below(content, type, 'schema'))
  })
  const known = new Set(schemas.flatMap((schema) => [...knownNames(flatten(schema))]))
  const missing = Object.keys(SessionAnswer.properties).filter((name) => !known.has(name))
  if (missing.length === 0) return []
  const message = `issue: token needs ${missing.join(', ')}, which the response does not have`
  const says = `responds with ${[...known].join(', ') || 'no fields'}`
  return [{ severity: 'breaking', rule: 'issue-mismatch', message, service: { says, at } }]
}

function streamMismatches(
  { stream }: Route,
  source: SourceOperation,
  responses: readonly Place[],
  at: string
): Mismatch[] {
  const types = mediaOf(responses)
  const switches = '101' in objectIn(source.operation.responses as Json)
  const kind = types.includes('text/event-stream') ? 'sse' : switches ? 'websocket' : null
  if (kind === stream) return []
  const kinds = { sse: 'events (text/event-stream)', websocket: 'a WebSocket (101)' }
  const says =
    kind === null
      ? `responds with ${types.join(', ') || 'no body'}`
      : `responds with ${kinds[kind]}`
  const message =
    stream === null
      ? `the operation is a stream: add stream: ${kind} to the route`
      : `the route has stream: ${stream}, the operation has not`
  return [{ severity: 'breaking', rule: 'stream-mismatch', message, service: { says, at } }]
}

/** Mismatches between an operation's responses and its route. */
function responseMismatches(
  route: Route,
  source: SourceOperation,
  described: Described
): Mismatch[] {
  const at = pointerOf(route.service.name, source)
  const responses = responsesOf(source, described)
  return [
    ...(route.issue === 'token' ? issueMismatches(responses, at) : []),
    ...streamMismatches(route, source, responses, at)
  ]
}

/** As the users service creates them: UUID version 7. */
const exampleId = '0190c3a4-7c1e-7d2a-8f00-3b5d6c7e8f90'
const identity = ['request-user-id', 'request-user-type']

interface Context {
  route: Route
  /** The operation's pointer. */
  at: string
  document: Json
}

function declared({ item, operation }: SourceOperation, { document }: Described): Json[] {
  const nodes = [...listIn(item.parameters), ...listIn(operation.parameters)]
  return nodes.map((node) => follow(document, node)).filter((node) => node !== undefined)
}

/** A header that the service requires and that the gateway does not send on this route. */
function headerMismatch({ name, required }: Json, { route, at }: Context): Mismatch | null {
  if (required !== true) return null
  const header = String(name).toLowerCase()
  const isPublic = route.allow.includes('public')
  const service = { says: `the header ${header} is required`, at }
  const base = { severity: 'breaking' as const, service }
  if (identity.includes(header)) {
    if (!isPublic) return null
    return {
      ...base,
      rule: 'identity-missing',
      message: 'the service needs a user, and a public route has none'
    }
  }
  const { kind } = headerName(header)
  const isKept =
    header === 'authorization'
      ? isPublic
      : kind !== HeaderKind.dropped && kind !== HeaderKind.connection
  if (isKept || header === 'request-signature') return null
  return {
    ...base,
    rule: 'header-not-forwarded',
    message: `the gateway does not forward ${header}`
  }
}

/** A parameter whose schema does not accept the value that the gateway fills in. */
function filledMismatch(
  { name, schema }: Json,
  { names }: Published,
  context: Context
): Mismatch | null {
  const { route, at, document } = context
  const meant = follow(document, schema)
  if (names.get(String(name)) !== null || meant === undefined) return null
  if (Schema.Check(meant, exampleId)) return null
  const says = `${name} is ${JSON.stringify(meant.type ?? meant)}`
  const message = `${route.target} fills in an id, which the schema of ${name} does not accept`
  return { severity: 'breaking', rule: 'parameter-mismatch', message, service: { says, at } }
}

/** Route parameters without effect. */
function unusedParameters({ target, path, owner }: Route, at: string): Mismatch[] {
  if (target === null) return []
  const used = [...parametersOf(target), owner]
  return parametersOf(path)
    .filter((name) => !used.includes(name))
    .map((name) => ({
      severity: 'warning',
      rule: 'parameter-unused',
      message: `:${name} is neither forwarded nor the owner`,
      service: { says: `called as ${target}`, at }
    }))
}

/** Mismatches between an operation's parameters and its route. */
function parameterMismatches(
  entry: Published,
  source: SourceOperation,
  described: Described
): Mismatch[] {
  const { route } = entry
  const at = pointerOf(route.service.name, source)
  const context = { route, at, document: described.document }
  const faults = declared(source, described).map((parameter) => {
    if (parameter.in === 'header') return headerMismatch(parameter, context)
    return parameter.in === 'path' ? filledMismatch(parameter, entry, context) : null
  })
  return [...faults.filter((fault) => fault !== null), ...unusedParameters(route, at)]
}

/** A finding about a route and an operation, without the route's name. */
interface Mismatch {
  severity: Finding['severity']
  rule: string
  message: string
  service: { says: string; at: string }
}

/** The name of a route in findings. */
const nameOf = ({ method, path }: Route) => `${method} ${path}`

/** The path that a route calls at its service. */
const targetOf = ({ path, target, service }: Route) => target ?? path.slice(service.strip.length)

function tableSide(route: Route, file: string): Side {
  const says = `${nameOf(route)} is forwarded to ${route.service.name} as ${targetOf(route)}`
  return { name: 'table', says, at: `${file}:${route.line}` }
}

function findingOf(route: Route, file: string, { service, ...mismatch }: Mismatch): Finding {
  const sides = [tableSide(route, file), { name: 'service', ...service }]
  return { ...mismatch, subjects: [nameOf(route)], sides }
}

function mismatchesOf(
  route: Route,
  entries: readonly Published[],
  described: Described
): Mismatch[] {
  const met = entries.filter(({ source }) => source !== null)
  if (met.length === 0 && entries.length === 0 && route.path.endsWith('/**')) {
    return [nothingBelow(route)]
  }
  if (met.length === 0) return similarOperations(route, described.operations)
  return met.flatMap((entry) => {
    const source = entry.source as SourceOperation
    return [
      ...parameterMismatches(entry, source, described),
      ...responseMismatches(route, source, described)
    ]
  })
}

function nothingBelow({ service }: Route): Mismatch {
  const at = `${service.name}#/paths`
  const message = 'the service describes no operation below it'
  return {
    severity: 'warning',
    rule: 'route-without-operation',
    message,
    service: { says: 'nothing', at }
  }
}

/** Operations without a route: they may be internal on purpose. */
function unpublished(
  table: Table,
  described: ReadonlyMap<string, Described>,
  reached: Set<SourceOperation>
) {
  return table.services.flatMap(({ name, health, sessions }) =>
    (described.get(name)?.operations ?? [])
      .filter((operation) => !reached.has(operation))
      // The gateway itself calls these.
      .filter(({ templates }) => !templates.some((path) => path === health || path === sessions))
      .map((operation): Finding => {
        const says = `${operation.method.toUpperCase()} ${operation.templates.at(-1)}`
        const message = 'no route leads to this operation'
        const sides = [{ name: 'service', says, at: pointerOf(name, operation) }]
        return {
          severity: 'information',
          rule: 'operation-unpublished',
          subjects: [`${name}: ${says}`],
          message,
          sides
        }
      })
  )
}

/** The pointer of an operation in its service's document. */
function pointerOf(service: string, { method, templates }: SourceOperation): string {
  return `${service}#/paths/${escaped(templates.at(-1) ?? '')}/${method}`
}

/**
 * Mismatches between a table's routes and the services' documents. Services without a document are skipped.
 * @param file the name of the table, for messages
 */
export function routeFindings(
  table: Table,
  described: ReadonlyMap<string, Described>,
  file: string
): Finding[] {
  const operations = new Map([...described].map(([name, { operations }]) => [name, operations]))
  const { published } = select(table, operations)
  const found = table.routes.flatMap((route) => {
    const service = described.get(route.service.name)
    if (service === undefined) return []
    const entries = published.filter((entry) => nameOf(entry.route) === nameOf(route))
    return mismatchesOf(route, entries, service).map((mismatch) => findingOf(route, file, mismatch))
  })
  const sources = published.map(({ source }) => source).filter((source) => source !== null)
  return gathered([...found, ...unpublished(table, described, new Set(sources))])
}

const isOpen = (segment: string) => /^[:$]|^\{.*\}$/.test(segment)

/** Whether a call of `target` could match a template. */
function matchesTemplate(target: string, template: string): boolean {
  const [ours, theirs] = [target.split('/'), template.split('/')]
  if (ours.length !== theirs.length) return false
  return ours.every((segment, index) => {
    const other = theirs[index] ?? ''
    return segment === other || isOpen(segment) || isOpen(other)
  })
}

const operationName = ({ method, templates }: SourceOperation) =>
  `${method.toUpperCase()} ${templates.at(-1)}`

/** What the service has instead of a route's operation: another method, another parameter, another name. */
function similarOperations(route: Route, operations: readonly SourceOperation[]): Mismatch[] {
  const target = targetOf(route)
  const similar = operations.filter(({ templates }) =>
    templates.some((path) => matchesTemplate(target, path))
  )
  const { name } = route.service
  const [first] = similar
  const base = { severity: 'breaking' as const }
  if (first === undefined) {
    const paths = operations.flatMap(({ templates }) => templates.slice(-1))
    const near = suggestion(target.replaceAll(/\/[:$][^/]+/g, '/{id}'), [...new Set(paths)])
    const message = `${name} has no such operation${near.startsWith(' (did') ? near : ''}`
    return [
      {
        ...base,
        rule: 'route-without-operation',
        message,
        service: { says: 'nothing', at: `${name}#/paths` }
      }
    ]
  }
  const says = similar.map(operationName).join(', ')
  const service = { says, at: pointerOf(name, first) }
  const meant = route.method.toLowerCase()
  const taking = similar.find(({ method }) => method === meant)
  if (taking) {
    const message = `${nameOf(route)} and ${operationName(taking)} have their parameters in different places`
    return [{ ...base, rule: 'parameter-mismatch', message, service }]
  }
  const message = `${name} has this path, but not for ${route.method}`
  return [{ ...base, rule: 'method-mismatch', message, service }]
}
