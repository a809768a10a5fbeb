import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { countsOf, type Finding, reportOf } from '@gatehouse/openapi/change'
import { StartError } from '@gatehouse/service-kit'
import { loadTable } from '../route-table/load.ts'
import type { Table } from '../route-table/types.ts'
import { check } from './check/check.ts'
import { folderOf, hasSnapshots } from './check/documents.ts'
import type { Printed } from './commands.ts'

const usage = `npm run gateway -- check [table] [--running] [--snapshots <folder>] [--json]

Reports the errors of a route table, mismatches between its routes and the services' documents, and changes for callers
since the committed snapshots. Exits with 1 where a change breaks callers.
  --running    fetches the documents of the running services instead of reading their snapshots
  --snapshots  the folder of the snapshots; snapshots/ beside the table by default
  --json       prints the findings as JSON

Example: npm run gateway -- check gateway/gateway.yml --running`

function argumentsOf(args: string[]) {
  const boolean = { type: 'boolean', default: false } as const
  const options = {
    running: boolean,
    json: boolean,
    help: boolean,
    snapshots: { type: 'string' }
  } as const
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    if (positionals.length > 1)
      throw new Error(`One table at a time, not ${positionals.join(' ')}.`)
    const [file = `${import.meta.dirname}/../../gateway.yml`] = positionals
    return { ...values, file, folder: values.snapshots ?? folderOf(file) }
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${usage}`)
  }
}

function textFor(
  { routes, services, notices }: Table,
  findings: readonly Finding[],
  compared: string
): string {
  return `${routes.length} routes to ${services.length} services; the route table has no errors.\n${notices.map((notice) => `${notice}\n`).join('')}${compared}\n\n${reportOf(findings)}\n`
}

/** `npm run gateway -- check`: reports the errors of a route table, and changes nothing. */
export async function checkTable(args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  const { file, folder, running, json, help } = argumentsOf(args)
  if (help) return { text: `${usage}\n`, exitCode: 0 }
  const table = loadTable(file, env)
  const hasDocuments = running || hasSnapshots(folder)
  const findings = hasDocuments ? await check(table, { file, folder, running }) : []
  const source = running ? 'the running services' : `the snapshots in ${basename(folder)}/`
  const compared = hasDocuments
    ? `Compared with ${source}.`
    : `There are no snapshots in ${folder} to compare with. Write them with: npm run generate.`
  const counts = countsOf(findings)
  const text = json
    ? `${JSON.stringify({ ...counts, findings }, null, 2)}\n`
    : textFor(table, findings, compared)
  return { text, exitCode: counts.breaking > 0 ? 1 : 0 }
}
