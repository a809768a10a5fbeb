import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Account } from '../../within-reach.js'
import { StartError } from '../start-error.ts'
import { findBinaries } from './binaries.ts'

/** One of the databases, and of the roles of the same name that own them. */
export interface Database {
  name: string
  password: string
}

/** Who runs what on which files. */
export interface Cluster {
  folder: string
  account: Account | null
}

// The same order and case rules on every machine, whatever its locale.
const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
const initdbOptions = [...locale, '--locale=C', '--username=postgres', '--auth=reject', '--no-sync']

async function runTool(path: string, args: string[], account: Account | null, input = '') {
  const child = spawn(path, args, { ...account, stdio: ['pipe', 'ignore', 'pipe'] })
  child.stdin.end(input)
  const [told, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  const fault = /^.*\b(?:ERROR|FATAL|PANIC|error):.*$/m.exec(told)
  if (code === 0 && !fault) return
  throw new StartError(`PostgreSQL could not be set up: ${fault?.[0] ?? told.trim()}`)
}

/** Runs SQL, a statement a line, as the superuser: without a server, so that nobody else can connect meanwhile. */
export async function runAlone({ folder, account }: Cluster, statements: string[]) {
  const { postgres } = await findBinaries()
  const args = ['--single', '-D', folder, '-c', 'log_min_messages=error', 'postgres']
  await runTool(postgres, args, account, `${statements.join('\n')}\n`)
}

function createDatabase({ name, password }: Database): string[] {
  return [
    `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`,
    `CREATE DATABASE ${name} OWNER ${name}`,
    `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`
  ]
}

/** Only the roles may connect, each to its own database, from this machine, with a password; not the superuser. */
function accessRules(databases: readonly Database[]): string {
  const rule = ({ name }: Database) => `host ${name} ${name} 127.0.0.1/32 scram-sha-256\n`
  return databases.map(rule).join('')
}

/** Makes the files of a new server with `databases`; they are in their place only once they are complete. */
export async function createCluster({ folder, account }: Cluster, databases: readonly Database[]) {
  const unfinished = `${folder}-unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  if (account) chownSync(unfinished, account.uid, account.gid)
  const { initdb } = await findBinaries()
  await runTool(initdb, ['-D', unfinished, ...initdbOptions], account)
  writeFileSync(join(unfinished, 'pg_hba.conf'), accessRules(databases))
  await runAlone({ folder: unfinished, account }, [
    ...databases.flatMap(createDatabase),
    'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC'
  ])
  renameSync(unfinished, folder)
}

/** Makes the cluster where there is none yet, and gives the roles their passwords where those are new. */
export async function ensureCluster(
  cluster: Cluster,
  databases: readonly (Database & { isNew: boolean })[]
) {
  if (!existsSync(cluster.folder)) return createCluster(cluster, databases)
  const renewed = databases.filter(({ isNew }) => isNew)
  const statements = renewed.map(
    ({ name, password }) => `ALTER ROLE ${name} PASSWORD '${password}'`
  )
  if (statements.length > 0) await runAlone(cluster, statements)
}
