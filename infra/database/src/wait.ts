import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '@gatehouse/service-kit'
import pg from 'pg'
import { connectionTo } from './connection.ts'

interface Patience {
  patienceMs: number
  signal: AbortSignal
}

const pauseMs = 250
const limits = { connectionTimeoutMillis: 2000, query_timeout: 2000 }
// Wrong password, unknown role, no such database, no right to connect: waiting mends none of these.
const refusals = new Set(['28P01', '28000', '3D000', '42501'])

/** `host:port/database` of a connection URL; never its user or its password. */
export function addressOf(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url)
    return `${hostname}:${port || 5432}${pathname}`
  } catch {
    throw new StartError(
      'DATABASE_URL is not a URL such as postgresql://user:password@host:5432/name.'
    )
  }
}

/** Connects once; gives the error it met, or null. */
async function attempt(url: string): Promise<pg.DatabaseError | null> {
  const client = new pg.Client(connectionTo(url, limits))
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return null
  } catch (error) {
    return error as pg.DatabaseError
  } finally {
    void client.end().catch(() => undefined)
  }
}

/** Resolves when the database at `url` answers, or `signal` aborts; throws a StartError where it refuses, or stays away. */
export async function waitForDatabase(url: string, { patienceMs, signal }: Patience) {
  const address = addressOf(url)
  const deadline = performance.now() + patienceMs
  while (!signal.aborted) {
    const error = await attempt(url)
    if (error === null) return
    const cause = { cause: error }
    if (refusals.has(error.code ?? ''))
      throw new StartError(
        `The database of DATABASE_URL (${address}) refuses: ${error.message}.`,
        cause
      )
    if (performance.now() >= deadline) {
      const told = `The database of DATABASE_URL (${address}) has not answered for ${patienceMs / 1000} s`
      throw new StartError(`${told}: ${error.message || error.code}.`, cause)
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}
