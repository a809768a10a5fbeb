import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Account } from '../../postgres-account.js'
import { StartError } from '../start-error.ts'
import type { Running } from '../supervise.ts'
import { findBinaries } from './binaries.ts'
import type { Cluster } from './cluster.ts'
import { leash } from './exit-with-parent.ts'
import { endOrphan } from './orphan.ts'

// Small, for a machine that has other things to do; durable, as PostgreSQL is by default.
const modest = [
  'shared_buffers=16MB',
  'io_method=sync',
  'jit=off',
  'max_logical_replication_workers=0'
]

function settingsFor(port: number, connections: number): string[] {
  const reach = [
    `port=${port}`,
    `max_connections=${connections}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories='
  ]
  return [...reach, ...modest, 'log_min_messages=log'].flatMap((setting) => ['-c', setting])
}

function launch(postgres: string, args: string[], account: Account | null): ChildProcess {
  // A process group of its own: Ctrl-C in a terminal must not reach it before those who use it.
  return spawn(postgres, args, { ...account, detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
}

async function untilReady(child: ChildProcess) {
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream })
  let last = 'it said nothing'
  let fatal: string | undefined
  for await (const line of lines) {
    if (line.includes('ready to accept connections')) return
    last = line
    if (/\b(?:FATAL|PANIC):/.test(line)) fatal ??= line
  }
  throw new StartError(`PostgreSQL did not start: ${fatal ?? last}`)
}

/** Starts PostgreSQL on a port of the loopback, for so many connections at most. */
export async function startServer(
  { folder, account }: Cluster,
  port: number,
  connections: number
): Promise<Running> {
  await endOrphan(folder)
  const { postgres } = await findBinaries()
  const child = launch(postgres, ['-D', folder, ...settingsFor(port, connections)], account)
  const exited = once(child, 'exit').then(([code, signal]) => signal ?? `exit code ${code}`)
  leash(child, exited)
  await untilReady(child)
  child.stderr?.resume()
  return {
    pid: child.pid ?? 0,
    exited,
    /** Ends it once its connections have ended; `kill` does not wait for them. */
    async stop() {
      child.kill('SIGINT')
      await exited
    },
    kill: () => child.kill('SIGQUIT')
  }
}
