import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapterFactory, SqlQueryable } from '@prisma/driver-adapter-utils'
import type pg from 'pg'
import { isUnwritable, orUnavailable } from './failures.ts'
import { createStatementNames } from './statement-names.ts'

/** Called when a statement failed because the database cannot write. */
type OnUnwritable = () => void

/** Changes `queryable` itself, so that whatever else Prisma asks of it stays Prisma's. */
function guardQueries<T extends SqlQueryable>(queryable: T, onUnwritable: OnUnwritable): T {
  const watched = async <R>(work: Promise<R>) =>
    orUnavailable(work).catch((error) => {
      if (isUnwritable(error)) onUnwritable()
      throw error
    })
  const queryRaw = queryable.queryRaw.bind(queryable)
  const executeRaw = queryable.executeRaw.bind(queryable)
  queryable.queryRaw = async (query) => watched(queryRaw(query))
  queryable.executeRaw = async (query) => watched(executeRaw(query))
  return queryable
}

/** Prisma's adapter over `pool`, whose queries fail with a 503 problem where the database is away. */
export function createAdapter(pool: pg.Pool, onUnwritable: OnUnwritable): SqlDriverAdapterFactory {
  const factory = new PrismaPg(pool, { statementNameGenerator: createStatementNames() })
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const adapter = guardQueries(await factory.connect(), onUnwritable)
      const startTransaction = adapter.startTransaction.bind(adapter)
      adapter.startTransaction = async (isolationLevel) =>
        guardQueries(await orUnavailable(startTransaction(isolationLevel)), onUnwritable)
      return adapter
    }
  }
}
