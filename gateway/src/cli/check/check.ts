import { basename } from 'node:path'
import { type Finding, gathered } from '@gatehouse/openapi/change'
import { changesBetween } from '@gatehouse/openapi/document-diff'
import type { Finding as Fault } from '@gatehouse/openapi/findings'
import type { Json } from '@gatehouse/openapi/json'
import { reasonOf } from '../../documentation/fetch-document.ts'
import { describe } from '../../openapi/merge.ts'
import { accessChanges } from '../../openapi/policy-diff.ts'
import type { Table } from '../../route-table/types.ts'
import {
  askFor,
  describedServices,
  publicDocument,
  publicName,
  readSnapshot,
  textOf
} from './documents.ts'
import { lineFindings } from './route-drift.ts'

interface Options {
  /** The name of the table's file. */
  file: string
  /** Where the snapshots are. */
  folder: string
  /** Whether the services themselves are asked, not their snapshots. */
  running: boolean
}

/** The documents that there are, by service, and what was found about those that there are not. */
interface Gathered {
  documents: Map<string, Json>
  findings: Finding[]
}

const snapshotAt = (name: string) => `snapshots/${name}.json`

function missing(
  service: string,
  reason: string,
  at: string,
  severity: Finding['severity']
): Finding {
  const message = `the document of ${service} ${reason}`
  const sides = [{ name: 'service', says: reason, at }]
  return { severity, rule: 'document-unavailable', subjects: [service], message, sides }
}

function outdated(service: string, url: string): Finding {
  const message = 'it answers another document than its snapshot (npm run generate)'
  const sides = [
    { name: 'before', says: 'the snapshot', at: `${snapshotAt(service)}#` },
    { name: 'now', says: 'the service', at: `${url}#` }
  ]
  return { severity: 'warning', rule: 'snapshot-outdated', subjects: [service], message, sides }
}

/** Asks every service; where one does not answer, its snapshot stands in for it. */
async function askAll(table: Table, folder: string): Promise<Gathered> {
  const asked = describedServices(table.services).map(async ({ name, origin, openapi }) => {
    const url = origin + openapi
    const kept = readSnapshot(folder, name)
    try {
      const document = await askFor(url)
      const same = kept === null || textOf(kept) === textOf(document)
      return { name, document, findings: same ? [] : [outdated(name, url)] }
    } catch (error) {
      return { name, document: kept, findings: [missing(name, reasonOf(error), url, 'breaking')] }
    }
  })
  const answers = await Promise.all(asked)
  const had = answers.flatMap(({ name, document }) => (document ? [[name, document] as const] : []))
  return { documents: new Map(had), findings: answers.flatMap(({ findings }) => findings) }
}

function readAll(table: Table, folder: string): Gathered {
  const documents = new Map<string, Json>()
  const findings: Finding[] = []
  for (const { name } of describedServices(table.services)) {
    const document = readSnapshot(folder, name)
    const reason = 'has no snapshot (npm run generate)'
    if (document === null) findings.push(missing(name, reason, snapshotAt(name), 'breaking'))
    else documents.set(name, document)
  }
  return { documents, findings }
}

/** What stands before a pointer: which document it leads into. */
function located(finding: Finding): Finding {
  const names: Record<string, string> = { before: snapshotAt(publicName), now: '/openapi.json' }
  const sides = finding.sides.map((side) => ({ ...side, at: `${names[side.name]}${side.at}` }))
  return { ...finding, sides }
}

function publicFindings(
  table: Table,
  documents: ReadonlyMap<string, Json>,
  folder: string
): Finding[] {
  const before = readSnapshot(folder, publicName)
  if (before === null) return []
  const now = publicDocument(table, documents)
  return changesBetween(before, now, accessChanges).map(located)
}

/** What is wrong with the documents themselves; where they do not fit the table is for `lineFindings` to say. */
function documentFindings(faults: readonly Fault[]): Finding[] {
  return faults
    .filter(({ level }) => level !== 'drift')
    .map(({ service, pointer, fault, level }) => ({
      severity: level === 'error' ? 'breaking' : 'warning',
      rule: 'document-fault',
      subjects: [service],
      message: `its document ${fault}`,
      sides: [{ name: 'service', says: fault, at: `${service}#${pointer}` }]
    }))
}

/**
 * Everything that is to be said of a table beside its services' documents, and of what changes for callers: against
 * the snapshots, or against the services where they run. Throws StartError for a snapshot that cannot be read.
 */
export async function check(table: Table, { file, folder, running }: Options): Promise<Finding[]> {
  const { documents, findings } = running ? await askAll(table, folder) : readAll(table, folder)
  const sources = new Map([...documents].map(([name, document]) => [name, { document }]))
  const { described, findings: faults } = describe(table, sources)
  const complete = describedServices(table.services).every(({ name }) => documents.has(name))
  return gathered([
    ...findings,
    ...documentFindings(faults),
    ...lineFindings(table, described, basename(file)),
    ...(complete ? publicFindings(table, documents, folder) : [])
  ])
}
