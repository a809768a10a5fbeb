import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Account } from '../../postgres-account.js'
import { StartError } from '../start-error.ts'
import { findBinaries } from './binaries.ts'
import { endOrphan } from './orphan.ts'

/**
 * A database, and its two roles: one of the same name that serves, and `<name>_owner`, which owns everything in it and
 * migrates.
 */
export interface Database {
  name: string
  password: string
  ownerPassword: string
}

/** Connections of one process: ten of its pool, one each for the readiness check, LISTEN and migrations; twice that. */
const servingConnections = 26
/** Only one process migrates at a time. */
const ownerConnections = 4
const otherConnections = 8

/** How many connections a server of so many databases takes: no role can have those of another. */
export function maxConnections(databases: number): number {
  return databases * (servingConnections + ownerConnections) + otherConnections
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
  const child = spawn(path, args, { ...account, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input)
  const ended = once(child, 'close')
  const [output, told, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  const fault = /^.*\b(?:ERROR|FATAL|PANIC|error):.*$/m.exec(told)
  if (code === 0 && !fault) return output
  throw new StartError(`PostgreSQL could not be set up: ${fault?.[0] ?? told.trim()}`)
}

/**
 * Runs SQL, a statement a line, as the superuser: without a server, so that nobody else can connect meanwhile. Gives
 * what PostgreSQL printed.
 */
export async function runAlone(
  { folder, account }: Cluster,
  statements: string[],
  database = 'postgres'
): Promise<string> {
  const { postgres } = await findBinaries()
  const args = ['--single', '-D', folder, '-c', 'log_min_messages=error', database]
  return runTool(postgres, args, account, `${statements.join('\n')}\n`)
}

function ensureRole(name: string, password: string, connections: number): string[] {
  const rights = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'
  return [
    `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${name}') THEN CREATE ROLE ${name}; END IF; END $$`,
    `ALTER ROLE ${name} ${rights} CONNECTION LIMIT ${connections} PASSWORD '${password}'`
  ]
}

/** The roles of a database, and who may open it once it is there. */
function ensureAccess({ name, password, ownerPassword }: Database): string[] {
  const exists = `EXISTS (SELECT FROM pg_database WHERE datname = '${name}')`
  const access = `REVOKE ALL ON DATABASE ${name} FROM PUBLIC; GRANT CONNECT ON DATABASE ${name} TO ${name}, ${name}_owner`
  return [
    ...ensureRole(name, password, servingConnections),
    ...ensureRole(`${name}_owner`, ownerPassword, ownerConnections),
    `DO $$ BEGIN IF ${exists} THEN ${access}; END IF; END $$`
  ]
}

const listOwners =
  "SELECT datname || '=' || pg_get_userbyid(datdba) AS owned FROM pg_database ORDER BY datname"

/** Makes the roles that are missing, sets their passwords and limits, and gives the owner of each database there is. */
async function ensureRoles(cluster: Cluster, databases: readonly Database[]) {
  const printed = await runAlone(cluster, [
    ...databases.flatMap(ensureAccess),
    'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC',
    listOwners
  ])
  const owned = [...printed.matchAll(/owned = "([^"=]+)=([^"]+)"/g)]
  return new Map(owned.map(([, name = '', owner = '']) => [name, owner]))
}

/** Gives a database, which an earlier version may have given to the role that serves, to its owner. */
async function giveToOwner(cluster: Cluster, name: string) {
  await runAlone(cluster, [`REASSIGN OWNED BY ${name} TO ${name}_owner`], name)
  await runAlone(cluster, [`ALTER DATABASE ${name} OWNER TO ${name}_owner`])
}

/**
 * Only the roles may connect, each to its own database, from this machine, with a password; not the superuser. Written
 * whole at each start, and put in its place only then.
 */
function writeAccessRules({ folder, account }: Cluster, databases: readonly Database[]) {
  const rule = ({ name }: Database) =>
    `host ${name} ${name},${name}_owner 127.0.0.1/32 scram-sha-256\n`
  const file = join(folder, 'pg_hba.conf')
  writeFileSync(`${file}.new`, databases.map(rule).join(''), { mode: 0o600 })
  if (account) chownSync(`${file}.new`, account.uid, account.gid)
  renameSync(`${file}.new`, file)
}

/** Makes the files of a new server; they are in their place only once they are complete. */
async function createCluster({ folder, account }: Cluster) {
  const unfinished = `${folder}-unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  if (account) chownSync(unfinished, account.uid, account.gid)
  const { initdb } = await findBinaries()
  await runTool(initdb, ['-D', unfinished, ...initdbOptions], account)
  renameSync(unfinished, folder)
}

/**
 * Makes whatever is missing: the files of the server, roles, databases. It looks at each start, so that what an earlier
 * start left unfinished is finished, and a service that is added to a system finds its database.
 */
export async function ensureCluster(cluster: Cluster, databases: readonly Database[]) {
  if (!existsSync(cluster.folder)) await createCluster(cluster)
  else await endOrphan(cluster.folder)
  writeAccessRules(cluster, databases)
  const owners = await ensureRoles(cluster, databases)
  const missing = databases.filter(({ name }) => !owners.has(name))
  const foreign = databases.filter(
    ({ name }) => owners.has(name) && owners.get(name) !== `${name}_owner`
  )
  const creations = missing.map(({ name }) => `CREATE DATABASE ${name} OWNER ${name}_owner`)
  if (creations.length > 0) await runAlone(cluster, creations)
  for (const { name } of foreign) await giveToOwner(cluster, name)
  // A database that is new, or has another owner, never had or has lost its rules of who may open it.
  if (missing.length + foreign.length > 0) await ensureRoles(cluster, databases)
}
