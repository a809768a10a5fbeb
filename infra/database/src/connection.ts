import type pg from 'pg'

/**
 * Every setting of a session that our SQL, or the driver that reads its results, relies on. PostgreSQL takes each from
 * the server's configuration (initdb writes the machine's time zone there), the database, the role, PGOPTIONS or the
 * URL; what a client sends as it connects is stronger than all of them, and costs no round trip.
 */
const session = {
  // Prisma's adapter sends times without an offset, and drops the offset of those that it reads.
  TimeZone: 'UTC',
  DateStyle: 'ISO,MDY',
  IntervalStyle: 'postgres',
  search_path: 'public',
  default_transaction_isolation: 'read\\ committed',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  // Each pool says how long a statement may take; nothing else ends one, and a migration takes the time it needs.
  statement_timeout: '0',
  lock_timeout: '0',
  transaction_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0'
}

const settings = Object.entries(session).map(([name, value]) => `-c ${name}=${value}`)

/** `url` without the parameters that `limits` and the session decide; `given` is what it says as `options`. */
function takeParameters(url: string, limits: object): { connectionString: string; given: string } {
  // A text that is no URL is reported by `waitForDatabase`.
  if (!URL.canParse(url)) return { connectionString: url, given: '' }
  const target = new URL(url)
  const given = target.searchParams.get('options') ?? ''
  // What the driver finds in a URL it prefers to what it is given.
  for (const name of ['options', 'statement_timeout', ...Object.keys(limits)])
    target.searchParams.delete(name)
  return { connectionString: target.href, given }
}

/**
 * What `pg.Client` and `pg.Pool` are made of to connect to `url`: the session settings that our SQL relies on, and
 * `limits`, both stronger than the same in the URL; other `options` of the URL are kept. The server has to be
 * PostgreSQL 17 or later, and a pooler between must pass `options` on.
 */
export function connectionTo<T extends pg.PoolConfig>(url: string, limits?: T) {
  const { statement_timeout, ...others } = { statement_timeout: undefined, ...limits }
  const { connectionString, given } = takeParameters(url, others)
  const time = statement_timeout === undefined ? [] : [`-c statement_timeout=${statement_timeout}`]
  return { ...others, connectionString, options: [given, ...settings, ...time].join(' ').trim() }
}
