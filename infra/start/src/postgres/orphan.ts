import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { commandLine } from '../command-line.ts'
import { StartError } from '../start-error.ts'

const patienceMs = 10_000
const pollMs = 50

function readPid(file: string): number | null {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10)
  } catch {
    return null
  }
}

/**
 * Ends a server that an unclean stop left running on `folder`, and removes what says that one runs where none does:
 * its number may belong to another process by now, which PostgreSQL would take for itself and refuse to start.
 */
export async function endOrphan(folder: string) {
  const file = join(folder, 'postmaster.pid')
  const pid = readPid(file)
  if (pid === null) return
  const runs = () => commandLine(pid).includes(folder)
  if (runs()) process.kill(pid, 'SIGINT')
  for (const until = Date.now() + patienceMs; runs(); await delay(pollMs))
    if (Date.now() > until)
      throw new StartError(`A PostgreSQL of an earlier start, process ${pid}, does not stop.`)
  rmSync(file, { force: true })
}
