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

Tells every mistake of a table, where its lines and the services' documents do not fit, and what has changed for
callers since the committed snapshots. Exits with 1 where something breaks.
  --running    asks the services at the addresses of the table instead of reading their snapshots
  --snapshots  where the snapshots are; beside the table, in snapshots/, by default
  --json       prints the findings for programs

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
  return `${routes.length} routes to ${services.length} services, without a mistake in the table.\n${notices.map((notice) => `${notice}\n`).join('')}${compared}\n\n${reportOf(findings)}\n`
}

/** `npm run gateway -- check`: tells what is wrong with a table, and changes nothing. */
export async function checkTable(args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  const { file, folder, running, json, help } = argumentsOf(args)
  if (help) return { text: `${usage}\n`, exitCode: 0 }
  const table = loadTable(file, env)
  const has = running || hasSnapshots(folder)
  const findings = has ? await check(table, { file, folder, running }) : []
  const source = running ? 'the services that run' : `the snapshots in ${basename(folder)}/`
  const compared = has
    ? `Compared with ${source}.`
    : `There are no snapshots in ${folder}, so nothing else was looked at (npm run generate).`
  const counts = countsOf(findings)
  const text = json
    ? `${JSON.stringify({ ...counts, findings }, null, 2)}\n`
    : textFor(table, findings, compared)
  return { text, exitCode: counts.breaking > 0 ? 1 : 0 }
}
