import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm'

export interface Migration {
  name: string
  sql: string
}

/** What has no table that somebody else owns leaves nothing out. */
export const noFilter = { externalTables: [], externalEnums: [] }

/** The migrations in `folder`, oldest first. Rejects where there is no such folder: a wrong path must not look like no migrations. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const read = async (name: string) => {
    const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8')
    return { name, sql }
  }
  return Promise.all(names.sort().map(read))
}

/** `migrations` as the schema engine wants to be told them. */
export function migrationList(folder: string, migrations: Migration[]): MigrationList {
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } }
    }))
  }
}
