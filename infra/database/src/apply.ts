// The worker thread that `migrate` starts. The engine's memory, its timers and, should it panic, the damage
// end with the thread.
import { parentPort, workerData } from 'node:worker_threads'
import { withEngine } from './engine.ts'
import { migrationList, noFilter, readMigrations } from './migrations.ts'

const { url, folder } = workerData as { url: string; folder: string }
const migrationsList = migrationList(folder, await readMigrations(folder))
const applied = await withEngine(url, async (engine) =>
  engine.applyMigrations({ migrationsList, filters: noFilter })
)
parentPort?.postMessage(applied.appliedMigrationNames)
