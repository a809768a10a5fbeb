import { existsSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type Account, canEnter, makePostgresFolder } from '../../postgres-account.js'

/**
 * The folder for the cluster: DATA_DIR/postgres, or where root started us and PostgreSQL's own user cannot
 * enter DATA_DIR, one that a link in DATA_DIR points to.
 */
export function clusterFolder(dataDir: string, account: Account | null): string {
  const link = join(dataDir, 'postgres-is-in')
  const here = join(dataDir, 'postgres')
  if (existsSync(link)) return join(realpathSync(link), 'postgres')
  if (account === null || existsSync(here) || canEnter(dataDir, account)) return here
  const folder = makePostgresFolder('data-')
  symlinkSync(folder, link)
  return join(folder, 'postgres')
}
