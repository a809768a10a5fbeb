import pg from 'pg'
import { isUnwritable, orUnavailable } from './failures.ts'
import { createStatementNames } from './statement-names.ts'

/** When PostgreSQL plans a statement: once for a connection, or each time, where the best plan depends on the values. */
export type Planning = 'once' | 'each time'

/** As many items has a page where a client does not say. */
const usualLimit = 20

/** For a statement whose text has the limit of a page in it: that of nearly all requests is planned once. */
export function planningOf(limit: number): Planning {
  return limit === usualLimit ? 'once' : 'each time'
}

/**
 * Runs one statement outside of a transaction, without Prisma, and gives its rows. `text` is one of few: values stand in
 * `values`, as $1, $2 and so on. PostgreSQL parses and plans it once for each connection, unless `planning` says otherwise. Times come as ISO 8601
 * in UTC, as a contract has them. Rejects as Prisma's calls do where the database is away; any other
 * error is the driver's, with its SQLSTATE as `code`.
 */
export type Query = <Row>(
  text: string,
  values: readonly unknown[],
  planning?: Planning
) => Promise<Row[]>

const timestamptz = 1184
/** What a session with TimeZone UTC and DateStyle ISO writes, to the millisecond at most. */
const written = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?\+00$/

/** PostgreSQL's text of a time as ISO 8601 with milliseconds. */
export function isoTime(text: string): string {
  const [, date, time, fraction = ''] = written.exec(text) ?? []
  if (date === undefined) return new Date(text).toISOString()
  return `${date}T${time}.${fraction.padEnd(3, '0')}Z`
}

const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === timestamptz && format !== 'binary' ? isoTime : pg.types.getTypeParser(oid, format)
} as pg.CustomTypesConfig

/** Gives the `Query` of a pool; `onUnwritable` is called when a statement failed because the database cannot write. */
export function createQuery(pool: pg.Pool, onUnwritable: () => void): Query {
  // Prisma names its statements on the same connections.
  const nameOf = createStatementNames('q')
  return async function query<Row>(
    text: string,
    values: readonly unknown[],
    planning: Planning = 'once'
  ): Promise<Row[]> {
    const name = planning === 'once' ? nameOf({ sql: text }) : undefined
    try {
      const { rows } = await orUnavailable(
        pool.query({ ...(name && { name }), text, types, values: values as unknown[] })
      )
      return rows as Row[]
    } catch (error) {
      if (isUnwritable(error)) onUnwritable()
      throw error
    }
  }
}
