import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapterFactory, SqlQueryable } from '@prisma/driver-adapter-utils'
import type pg from 'pg'
import { orUnavailable } from './failures.ts'

/** Changes `queryable` itself, so that whatever else Prisma asks of it stays Prisma's. */
function guardQueries<T extends SqlQueryable>(queryable: T): T {
  const queryRaw = queryable.queryRaw.bind(queryable)
  const executeRaw = queryable.executeRaw.bind(queryable)
  queryable.queryRaw = async (query) => orUnavailable(queryRaw(query))
  queryable.executeRaw = async (query) => orUnavailable(executeRaw(query))
  return queryable
}

/** Prisma's adapter over `pool`, whose queries fail with a 503 problem where the database is away. */
export function createAdapter(pool: pg.Pool): SqlDriverAdapterFactory {
  const factory = new PrismaPg(pool)
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const adapter = guardQueries(await factory.connect())
      const startTransaction = adapter.startTransaction.bind(adapter)
      adapter.startTransaction = async (isolationLevel) =>
        guardQueries(await orUnavailable(startTransaction(isolationLevel)))
      return adapter
    }
  }
}
