import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import pg from 'pg'
import { connectionTo } from './connection.ts'
import { readMigrations } from './migrations.ts'

// Any number will do that nothing else in this database locks.
export const migrationLock = 7_265_101

async function appliedNames(client: pg.Client): Promise<Set<string> | null> {
  const { rows } = await client.query(
    `select to_regclass('_prisma_migrations') is not null as found`
  )
  if (!rows[0].found) return null
  const finished = await client.query(
    'select migration_name from _prisma_migrations where finished_at is not null and rolled_back_at is null'
  )
  return new Set(finished.rows.map(({ migration_name }) => migration_name))
}

/** A script that was broken off left nothing behind but this note, for each runs in one transaction. */
async function forgetBrokenOff(client: pg.Client) {
  await client.query(
    'update _prisma_migrations set rolled_back_at = now() where finished_at is null and rolled_back_at is null'
  )
}

async function apply(url: string, folder: string): Promise<string[]> {
  // Whatever options this process was started with are not meant for the thread.
  const options = { workerData: { url, folder }, execArgv: [] }
  const worker = new Worker(new URL('apply.ts', import.meta.url), options)
  try {
    const [names] = await once(worker, 'message')
    return names
  } finally {
    await worker.terminate()
  }
}

/** Lets `role` read and write the rows of every table, and nothing else: it alters, disables and empties none. */
async function grant(owner: pg.Client, role: string) {
  const name = owner.escapeIdentifier(role)
  await owner.query(`
    grant usage on schema public to ${name};
    grant select, insert, update, delete on all tables in schema public to ${name};
    grant usage, select on all sequences in schema public to ${name}`)
  if (await appliedNames(owner)) await owner.query(`revoke all on _prisma_migrations from ${name}`)
}

async function applyMissing(owner: pg.Client, url: string, folder: string): Promise<string[]> {
  const names = (await readMigrations(folder)).map(({ name }) => name)
  const applied = await appliedNames(owner)
  if (names.every((name) => applied?.has(name))) return []
  if (applied) await forgetBrokenOff(owner)
  return apply(url, folder)
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(connectionTo(url))
  client.on('error', () => undefined)
  await client.connect()
  return client
}

interface Roles {
  /** The URL by which the database is used. */
  url: string
  /** The URL of the role that owns the tables; the same role unless it is given. */
  migrationUrl?: string | undefined
  /** Called where another process migrates this database, and is waited for. */
  onWait?: () => void
}

/**
 * Applies those migrations of `folder` that the database lacks, gives the role that serves its rights on the tables,
 * and resolves with the names of what was applied. Replicas that start together take turns under an advisory lock; all
 * but the first find nothing left to do.
 */
export async function migrate(
  { url, migrationUrl = url, onWait }: Roles,
  folder: string
): Promise<string[]> {
  // The role that serves waits for the lock, so that those who wait take no connection of the few that the owner has.
  const waiting = await connect(url)
  try {
    const attempt = 'select pg_try_advisory_lock($1) as taken'
    const { rows } = await waiting.query<{ taken: boolean }>(attempt, [migrationLock])
    if (!rows[0]?.taken) {
      onWait?.()
      await waiting.query('select pg_advisory_lock($1)', [migrationLock])
    }
    const owner = await connect(migrationUrl)
    try {
      const applied = await applyMissing(owner, migrationUrl, folder)
      if (owner.user !== waiting.user && waiting.user) await grant(owner, waiting.user)
      return applied
    } finally {
      await owner.end()
    }
  } finally {
    await waiting.end()
  }
}
