import { escaped } from '../docs/finding.ts'
import type { Described } from '../docs/merge.ts'
import { type Published, select } from '../docs/select.ts'
import type { SourceOperation } from '../docs/source-operations.ts'
import type { Route, Table } from '../table/route.ts'
import { answerFaults } from './answers.ts'
import { type Finding, gathered, type Side } from './finding.ts'
import { parameterFaults } from './fitting.ts'
import { lookAlikes } from './look-alikes.ts'

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
