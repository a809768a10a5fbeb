import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** The environments, by process id, of all that `npm start` runs on `dataDir`. Linux only. */
export function environmentsOn(dataDir: string): Map<number, string> {
  const found = new Map<number, string>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      if (environment.includes(`DATA_DIR=${dataDir}\0`)) found.set(Number(pid), environment)
    } catch {
      // It ended meanwhile, or is not ours to see.
    }
  return found
}

/** The process whose command line has `part`, among those that run on `dataDir`. */
export function processOn(dataDir: string, part: string): number {
  for (const pid of environmentsOn(dataDir).keys())
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(part)) return pid
  throw new Error(`No process on ${dataDir} has ${part} in its command line.`)
}

/** Waits until nothing runs on `dataDir` any more; gives what still does after 10 s. */
export async function leftOn(dataDir: string): Promise<number[]> {
  const until = Date.now() + 10_000
  while (environmentsOn(dataDir).size > 0 && Date.now() < until) await delay(50)
  return [...environmentsOn(dataDir).keys()]
}
