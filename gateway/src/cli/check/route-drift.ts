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

function answersOf({ operation }: SourceOperation, { document }: Described): Place[] {
  const responses = below(rootOf({ ...document, operation }), 'operation', 'responses')
  return keysOf(responses)
    .filter((status) => /^[12]/.test(status))
    .map((status) => ({ ...followed(below(responses, status)), status }))
}

const mediaOf = (answers: readonly Place[]) =>
  answers.flatMap((answer) => keysOf(below(answer, 'content')))

/** What `issue: token` reads and the service does not say that it answers. */
function issueFaults(answers: readonly Place[], at: string): Misfit[] {
  const schemas = answers.flatMap((answer) => {
    const content = below(answer, 'content')
    return keysOf(content).map((type) => below(content, type, 'schema'))
  })
  const known = new Set(schemas.flatMap((schema) => [...knownNames(flatten(schema))]))
  const missing = Object.keys(SessionAnswer.properties).filter((name) => !known.has(name))
  if (missing.length === 0) return []
  const message = `issue: token needs ${missing.join(', ')}, which the answer does not have`
  const says = `answers ${[...known].join(', ') || 'no fields'}`
  return [{ severity: 'breaking', rule: 'issue-mismatch', message, service: { says, at } }]
}

function streamFaults(
  { stream }: Route,
  source: SourceOperation,
  answers: readonly Place[],
  at: string
): Misfit[] {
  const types = mediaOf(answers)
  const switches = '101' in objectIn(source.operation.responses as Json)
  const kind = types.includes('text/event-stream') ? 'sse' : switches ? 'websocket' : null
  if (kind === stream) return []
  const said = { sse: 'events (text/event-stream)', websocket: 'a WebSocket (101)' }
  const says =
    kind === null ? `answers ${types.join(', ') || 'without a body'}` : `answers ${said[kind]}`
  const message =
    stream === null
      ? `it is a stream, so the line needs stream: ${kind}`
      : `the line says stream: ${stream}`
  return [{ severity: 'breaking', rule: 'stream-mismatch', message, service: { says, at } }]
}

/** Answers of an operation that are not what the line makes of them. */
export function answerFaults(
  route: Route,
  source: SourceOperation,
  described: Described
): Misfit[] {
  const at = pointerOf(route.service.name, source)
  const answers = answersOf(source, described)
  return [
    ...(route.issue === 'token' ? issueFaults(answers, at) : []),
    ...streamFaults(route, source, answers, at)
  ]
}

/** As the users service makes them: UUIDs of version 7. */
const exampleId = '0190c3a4-7c1e-7d2a-8f00-3b5d6c7e8f90'
const identity = ['request-user-id', 'request-user-type']

interface Context {
  route: Route
  /** Where the operation stands. */
  at: string
  document: Json
}

function declared({ item, operation }: SourceOperation, { document }: Described): Json[] {
  const nodes = [...listIn(item.parameters), ...listIn(operation.parameters)]
  return nodes.map((node) => follow(document, node)).filter((node) => node !== undefined)
}

/** A header field that the service demands and that never reaches it on this line. */
function headerFault({ name, required }: Json, { route, at }: Context): Misfit | null {
  if (required !== true) return null
  const field = String(name).toLowerCase()
  const isPublic = route.allow.includes('public')
  const service = { says: `the header ${field} is required`, at }
  const base = { severity: 'breaking' as const, service }
  if (identity.includes(field)) {
    if (!isPublic) return null
    return {
      ...base,
      rule: 'identity-missing',
      message: 'the service needs a user, and a public line has none'
    }
  }
  const { kind } = headerName(field)
  const isKept =
    field === 'authorization'
      ? isPublic
      : kind !== HeaderKind.dropped && kind !== HeaderKind.connection
  if (isKept || field === 'request-signature') return null
  return { ...base, rule: 'header-not-forwarded', message: `the gateway does not forward ${field}` }
}

/** What the gateway fills in for a parameter, where that is no value of it. */
function filledFault(
  { name, schema }: Json,
  { names }: Published,
  context: Context
): Misfit | null {
  const { route, at, document } = context
  const meant = follow(document, schema)
  if (names.get(String(name)) !== null || meant === undefined) return null
  if (Schema.Check(meant, exampleId)) return null
  const says = `${name} is ${JSON.stringify(meant.type ?? meant)}`
  const message = `${route.target} fills in an id, which ${name} cannot be`
  return { severity: 'breaking', rule: 'parameter-mismatch', message, service: { says, at } }
}

/** Parameters of a line that nothing is made of. */
function unusedFaults({ target, path, owner }: Route, at: string): Misfit[] {
  if (target === null) return []
  const used = [...parametersOf(target), owner]
  return parametersOf(path)
    .filter((name) => !used.includes(name))
    .map((name) => ({
      severity: 'warning',
      rule: 'parameter-unused',
      message: `:${name} is neither forwarded nor the owner`,
      service: { says: `asked for as ${target}`, at }
    }))
}

/** Parameters of an operation that the line cannot give what they need. */
export function parameterFaults(
  entry: Published,
  source: SourceOperation,
  described: Described
): Misfit[] {
  const { route } = entry
  const at = pointerOf(route.service.name, source)
  const context = { route, at, document: described.document }
  const faults = declared(source, described).map((parameter) => {
    if (parameter.in === 'header') return headerFault(parameter, context)
    return parameter.in === 'path' ? filledFault(parameter, entry, context) : null
  })
  return [...faults.filter((fault) => fault !== null), ...unusedFaults(route, at)]
}

/** What was found of one line and one operation, without the line's name. */
export interface Misfit {
  severity: Finding['severity']
  rule: string
  message: string
  service: { says: string; at: string }
}

/** How a line is named in findings. */
export const nameOf = ({ method, path }: Route) => `${method} ${path}`

/** The path at the service that a line asks for, as it is written. */
export const askedOf = ({ path, target, service }: Route) =>
  target ?? path.slice(service.strip.length)

function tableSide(route: Route, file: string): Side {
  const says = `${nameOf(route)} is sent to ${route.service.name} as ${askedOf(route)}`
  return { name: 'table', says, at: `${file}:${route.line}` }
}

function findingOf(route: Route, file: string, { service, ...misfit }: Misfit): Finding {
  const sides = [tableSide(route, file), { name: 'service', ...service }]
  return { ...misfit, subjects: [nameOf(route)], sides }
}

function misfitsOf(route: Route, entries: readonly Published[], described: Described): Misfit[] {
  const met = entries.filter(({ source }) => source !== null)
  if (met.length === 0 && entries.length === 0 && route.path.endsWith('/**')) {
    return [nothingBelow(route)]
  }
  if (met.length === 0) return lookAlikes(route, described.operations)
  return met.flatMap((entry) => {
    const source = entry.source as SourceOperation
    return [...parameterFaults(entry, source, described), ...answerFaults(route, source, described)]
  })
}

function nothingBelow({ service }: Route): Misfit {
  const at = `${service.name}#/paths`
  const message = 'nothing that the service describes is below it'
  return {
    severity: 'warning',
    rule: 'line-without-operation',
    message,
    service: { says: 'nothing', at }
  }
}

/** The operations of services that no line reaches: whether they should stay inside is for a reader to say. */
function unpublished(
  table: Table,
  described: ReadonlyMap<string, Described>,
  reached: Set<SourceOperation>
) {
  return table.services.flatMap(({ name, health, sessions }) =>
    (described.get(name)?.operations ?? [])
      .filter((operation) => !reached.has(operation))
      // What the gateway itself asks is not meant for clients.
      .filter(({ templates }) => !templates.some((path) => path === health || path === sessions))
      .map((operation): Finding => {
        const says = `${operation.method.toUpperCase()} ${operation.templates.at(-1)}`
        const message = 'no line of the table leads here'
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

/** Where an operation stands in the document of its service. */
export function pointerOf(service: string, { method, templates }: SourceOperation): string {
  return `${service}#/paths/${escaped(templates.at(-1) ?? '')}/${method}`
}

/**
 * Where the lines of a table and the documents of the services do not fit. Services without a document are left out.
 * @param file the name of the table, for messages
 */
export function lineFindings(
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
    return misfitsOf(route, entries, service).map((misfit) => findingOf(route, file, misfit))
  })
  const sources = published.map(({ source }) => source).filter((source) => source !== null)
  return gathered([...found, ...unpublished(table, described, new Set(sources))])
}

const isOpen = (segment: string) => /^[:$]|^\{.*\}$/.test(segment)

/** Whether the service would read a request for `asked` as one for this template. */
function isTakenBy(asked: string, template: string): boolean {
  const [ours, theirs] = [asked.split('/'), template.split('/')]
  if (ours.length !== theirs.length) return false
  return ours.every((segment, index) => {
    const other = theirs[index] ?? ''
    return segment === other || isOpen(segment) || isOpen(other)
  })
}

const spell = ({ method, templates }: SourceOperation) =>
  `${method.toUpperCase()} ${templates.at(-1)}`

/** Says what is there instead of the operation that a line leads to: another method, another parameter, another name. */
export function lookAlikes(route: Route, operations: readonly SourceOperation[]): Misfit[] {
  const asked = askedOf(route)
  const there = operations.filter(({ templates }) =>
    templates.some((path) => isTakenBy(asked, path))
  )
  const { name } = route.service
  const [first] = there
  const base = { severity: 'breaking' as const }
  if (first === undefined) {
    const paths = operations.flatMap(({ templates }) => templates.slice(-1))
    const near = suggestion(asked.replaceAll(/\/[:$][^/]+/g, '/{id}'), [...new Set(paths)])
    const message = `${name} has no such operation${near.startsWith(' (did') ? near : ''}`
    return [
      {
        ...base,
        rule: 'line-without-operation',
        message,
        service: { says: 'nothing', at: `${name}#/paths` }
      }
    ]
  }
  const says = there.map(spell).join(', ')
  const service = { says, at: pointerOf(name, first) }
  const meant = route.method.toLowerCase()
  const taking = there.find(({ method }) => method === meant)
  if (taking) {
    const message = `${nameOf(route)} and ${spell(taking)} have their parameters in different places`
    return [{ ...base, rule: 'parameter-mismatch', message, service }]
  }
  const message = `${name} has this path, but not for ${route.method}`
  return [{ ...base, rule: 'method-mismatch', message, service }]
}
