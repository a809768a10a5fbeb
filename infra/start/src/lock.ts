import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandLine } from './command-line.ts'
import { StartError } from './start-error.ts'

/** A guard is held for less than a millisecond; one of this age, in ms, was left by a crash. */
const abandonedMs = 10_000
const pauseMs = 10

/** When a process began, in a unit of the system's own; empty where there is none, or where the system does not say. */
function beginning(pid: number): string {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    }
    const args = ['-o', 'lstart=', '-p', String(pid)]
    return execFileSync('ps', args, { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return ''
  }
}

function readLock(file: string) {
  try {
    const [pid = '', since = ''] = readFileSync(file, 'utf8').split('\n')
    return { pid: Number.parseInt(pid, 10), since }
  } catch {
    return null
  }
}

/**
 * Whether the process that wrote the lock still runs. After a crash its number may be another's by now, even that of a
 * start on another folder, which began at another time.
 */
function isHeld({ pid, since }: { pid: number; since: string }): boolean {
  if (!(pid > 0) || pid === process.pid) return false
  return commandLine(pid).includes('infra/start/start.js') && beginning(pid) === since
}

/** Makes the folder `guard`, which only one process can; waits while another has it. */
function enter(guard: string) {
  for (const until = Date.now() + 2 * abandonedMs; ; ) {
    try {
      return mkdirSync(guard)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || Date.now() > until) throw error
    }
    const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > abandonedMs) rmSync(guard, { recursive: true, force: true })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
  }
}

/**
 * Takes DATA_DIR for this process, and gives what releases it. Throws a StartError where another has it. The lock is
 * read and written under a guard, so that of two starts that find a stale lock one gets it.
 */
export function takeLock(dataDir: string): () => void {
  const file = join(dataDir, 'lock')
  const guard = `${file}-guard`
  enter(guard)
  try {
    const found = readLock(file)
    if (found && isHeld(found))
      throw new StartError(
        `Process ${found.pid} already runs on ${dataDir}; stop it, or set DATA_DIR and GATEWAY_PORT.`
      )
    writeFileSync(file, `${process.pid}\n${beginning(process.pid)}\n`)
  } finally {
    rmdirSync(guard)
  }
  return () => rmSync(file, { force: true })
}
