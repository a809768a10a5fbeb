import { fileURLToPath } from 'node:url'
import { StartError } from '@gatehouse/service-kit'
import pg from 'pg'
import { createAdapter } from './adapter.ts'
import { connectionTo } from './connection.ts'
import { type Ears, listen } from './listen.ts'
import { migrate } from './migrate.ts'
import { createQuery } from './query.ts'
import { waitForDatabase } from './wait.ts'

export type Database = ReturnType<typeof openDatabase>

interface Options {
  url: string
  /** The URL of the role that owns the tables and is used for migrations alone; `url` unless it is given. */
  migrationUrl?: string | undefined
  /** The service's `prisma/` folder, with `migrations/` in it. */
  prisma: URL
}

interface Preparation {
  /** Runs after the migrations and before the first request is let in; replicas may run it at once. */
  seed?: () => Promise<unknown>
  /** How long a database that does not answer is waited for. */
  patienceMs?: number
  /** Told what is waited for, in a sentence. */
  say?: (sentence: string) => void
}

const defaultPatienceMs = 30_000
const pool = {
  max: 10,
  // A request that gets no connection within this is answered 503, within a second of its arrival.
  connectionTimeoutMillis: 800,
  idleTimeoutMillis: 30_000,
  statement_timeout: 5000,
  // For a server that hangs, and so does not time anything out itself.
  query_timeout: 6000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000
}
// Its own connection: a pool that is busy does not make a service unready.
const probe = { ...pool, max: 1, connectionTimeoutMillis: 700, query_timeout: 700 }

/**
 * Writes 64 kB that cannot be compressed, and deletes them: what shows that the disk has room again, and the server takes
 * writes. Large objects need no table and no right of their own.
 */
const writeProbe = `do $$ begin
  perform lo_unlink(lo_from_bytea(0, string_agg(uuid_send(gen_random_uuid()), ''::bytea))) from generate_series(1, 4096);
end $$`

function openPool(url: string, limits: pg.PoolConfig): pg.Pool {
  const opened = new pg.Pool(connectionTo(url, limits))
  // The pool drops an idle connection that breaks and opens another; the readiness check tells the rest.
  opened.on('error', () => undefined)
  return opened
}

/** A service's database: nothing connects before `prepare`, and `adapter` is for `new PrismaClient`. */
export function openDatabase({ url, migrationUrl, prisma }: Options) {
  const queries = openPool(url, pool)
  const probes = openPool(url, probe)
  const closing = new AbortController()
  const channels: (() => void)[] = []
  let ready = false
  let writable = true

  async function checkWrites() {
    await probes.query(writeProbe)
    writable = true
  }

  function noteUnwritable() {
    writable = false
  }

  return {
    adapter: createAdapter(queries, noteUnwritable),

    /** Runs one statement on the same connections, without Prisma: for what is asked often. */
    query: createQuery(queries, noteUnwritable),

    /** True once the migrations and the seed are through; false again while it closes. */
    isReady: () => ready,

    /**
     * For `/health/ready`: rejects until `prepare` is through, while the database does not answer, and, once a
     * statement has failed because it cannot write (a full disk), until it can.
     */
    async check() {
      if (!ready) throw new Error('The database is not prepared yet.')
      if (writable) await probes.query('select 1')
      else await checkWrites()
    },

    /**
     * Waits for the database, migrates it, seeds it. Throws a StartError that names DATABASE_URL, without
     * its password, where the database stays away for 30 s, refuses us, or cannot be migrated.
     */
    async prepare({ seed, patienceMs = defaultPatienceMs, say }: Preparation = {}) {
      await waitForDatabase(url, { patienceMs, signal: closing.signal })
      if (closing.signal.aborted) return
      const folder = fileURLToPath(new URL('migrations/', prisma))
      const onWait = () => say?.('another process migrates this database; waiting for it')
      await migrate({ url, migrationUrl, onWait }, folder).catch((cause: Error) => {
        throw new StartError(`The database could not be migrated: ${cause.message}`, { cause })
      })
      await seed?.()
      ready = !closing.signal.aborted
      for (const begin of channels) begin()
    },

    /** Hears a channel (LISTEN) on a connection of its own, from `prepare` on and until it closes. */
    listen(channel: string, ears: Ears) {
      channels.push(() => void listen(url, channel, ears, closing.signal))
    },

    /** Ends all connections, once; queries under way are waited for. */
    async close() {
      if (closing.signal.aborted) return
      ready = false
      closing.abort()
      await Promise.all([queries.end(), probes.end()])
    }
  }
}
