import { basename } from 'node:path'
import { type Finding, gathered } from '@gatehouse/openapi/change'
import { changesBetween } from '@gatehouse/openapi/document-diff'
import type { Finding as DocumentFinding } from '@gatehouse/openapi/findings'
import type { Json } from '@gatehouse/openapi/json'
import { reasonOf } from '../../documentation/fetch-document.ts'
import { describe } from '../../openapi/merge.ts'
import { accessChanges } from '../../openapi/policy-diff.ts'
import type { Table } from '../../route-table/types.ts'
import {
  describedServices,
  fetchServiceDocument,
  publicDocument,
  publicName,
  readSnapshot,
  textOf
} from './documents.ts'
import { routeFindings } from './route-mismatches.ts'

interface Options {
  /** The name of the table's file. */
  file: string
  /** The folder of the snapshots. */
  folder: string
  /** Whether to fetch the documents of the running services instead of reading their snapshots. */
  running: boolean
}

/** The documents by service, and the findings about missing ones. */
interface Gathered {
  documents: Map<string, Json>
  findings: Finding[]
}

const snapshotAt = (name: string) => `snapshots/${name}.json`

function missing(
  service: string,
  message: string,
  at: string,
  severity: Finding['severity']
): Finding {
  const sides = [{ name: 'service', says: 'no document', at }]
  return { severity, rule: 'document-unavailable', subjects: [service], message, sides }
}

function outdated(service: string, url: string): Finding {
  const message = 'The document of the service is not its snapshot. Run npm run generate.'
  const sides = [
    { name: 'before', says: 'the snapshot', at: `${snapshotAt(service)}#` },
    { name: 'now', says: 'the service', at: `${url}#` }
  ]
  return { severity: 'warning', rule: 'snapshot-outdated', subjects: [service], message, sides }
}

/** Fetches every service's document; the snapshot replaces one that cannot be fetched. */
async function fetchAll(table: Table, folder: string): Promise<Gathered> {
  const asked = describedServices(table.services).map(async ({ name, origin, openapi }) => {
    const url = origin + openapi
    const kept = readSnapshot(folder, name)
    try {
      const document = await fetchServiceDocument(url)
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
    const reason = 'The service has no snapshot. Run npm run generate.'
    if (document === null) findings.push(missing(name, reason, snapshotAt(name), 'breaking'))
    else documents.set(name, document)
  }
  return { documents, findings }
}

/** Adds the name of its document to each pointer. */
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

/** Errors in the documents themselves; `routeFindings` compares them with the table. */
function documentFindings(found: readonly DocumentFinding[]): Finding[] {
  return found
    .filter(({ level }) => level !== 'drift')
    .map(({ service, pointer, message, level }) => ({
      severity: level === 'error' ? 'breaking' : 'warning',
      rule: 'document-error',
      subjects: [service],
      message,
      sides: [{ name: 'service', says: message, at: `${service}#${pointer}` }]
    }))
}

/**
 * Compares a table with its services' documents, and the public document with its snapshot. The documents are snapshots,
 * or those of the running services. Throws StartError for a snapshot that cannot be read.
 */
export async function check(table: Table, { file, folder, running }: Options): Promise<Finding[]> {
  const { documents, findings } = running ? await fetchAll(table, folder) : readAll(table, folder)
  const sources = new Map([...documents].map(([name, document]) => [name, { document }]))
  const { described, findings: found } = describe(table, sources)
  const complete = describedServices(table.services).every(({ name }) => documents.has(name))
  return gathered([
    ...findings,
    ...documentFindings(found),
    ...routeFindings(table, described, basename(file)),
    ...(complete ? publicFindings(table, documents, folder) : [])
  ])
}
