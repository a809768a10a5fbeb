import { readFile } from 'node:fs/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  DriverAdapterError,
  type SqlMigrationAwareDriverAdapterFactory
} from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { connectionTo } from './connection.ts'

type Engine = bindings.SchemaEngine

const bindingsUrl = import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg')
const datasource = 'datasource db {\n  provider = "postgresql"\n}\n'

/** What PostgreSQL said, in the only form of error that the engine survives. */
function engineError(error: unknown): DriverAdapterError {
  const { code = 'N/A', severity = 'ERROR', message } = error as pg.DatabaseError
  const { detail, column, hint } = error as pg.DatabaseError
  return new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint })
}

/**
 * PrismaPg cuts a script at every semicolon, also within strings and functions. PostgreSQL takes it whole, and
 * runs it as one transaction.
 */
class WholeScripts extends PrismaPg {
  override async connect() {
    const adapter = await super.connect()
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script)
      } catch (error) {
        throw engineError(error)
      }
    }
    return adapter
  }
}

// TypeScript declares WebAssembly with the browser's DOM only, which this program does without.
declare const WebAssembly: {
  instantiate: (
    code: Uint8Array,
    imports: Record<string, typeof bindings>
  ) => Promise<{ instance: { exports: Record<string, unknown> } }>
}

async function loadBindings() {
  const code = await readFile(new URL('schema_engine_bg.wasm', bindingsUrl))
  const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(instance.exports)
  const { __wbindgen_start: start } = instance.exports
  if (typeof start === 'function') start()
}

let loaded: Promise<void> | undefined

/** Runs `work` with Prisma's own schema engine, compiled to WebAssembly, on the database at `url`. */
export async function withEngine<T>(url: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  // The bindings keep views of one memory, so there can be one instance in a thread.
  loaded ??= loadBindings()
  await loaded
  const pool = new pg.Pool(connectionTo(url))
  const factory: SqlMigrationAwareDriverAdapterFactory = new WholeScripts(pool)
  const schema: [string, string] = ['schema.prisma', datasource]
  const bound = bindMigrationAwareSqlAdapterFactory(factory)
  try {
    const options = { datamodels: [schema] }
    using engine = await bindings.SchemaEngine.new(options, () => undefined, bound)
    return await work(engine)
  } finally {
    // The engine holds a lock of its own as long as its connection lives.
    await pool.end()
  }
}
