import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import pg from 'pg'
import { connectionTo } from './connection.ts'
import { readMigrations } from './migrations.ts'

// Any number will do that nothing else in this database locks.
const migrationLock = 7_265_101

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

/**
 * Applies those migrations of `folder` that the database at `url` lacks, and gives their names. Replicas
 * that start together take turns under an advisory lock; all but the first find nothing left to do.
 */
export async function migrate(url: string, folder: string): Promise<string[]> {
  const names = (await readMigrations(folder)).map(({ name }) => name)
  const client = new pg.Client(connectionTo(url))
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    const applied = await appliedNames(client)
    if (names.every((name) => applied?.has(name))) return []
    if (applied) await forgetBrokenOff(client)
    return await apply(url, folder)
  } finally {
    await client.end()
  }
}
