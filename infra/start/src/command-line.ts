import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The command line of a running process; empty where there is no such process. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    const args = ['-o', 'command=', '-p', String(pid)]
    return execFileSync('ps', args, { encoding: 'utf8', stdio: 'pipe' })
  } catch {
    return ''
  }
}
