import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandLine } from './command-line.ts'
import { StartError } from './start-error.ts'

/** Whether the process that wrote the lock still runs; after a crash its number may be another's by now. */
function isOurs(pid: number): boolean {
  return pid !== process.pid && commandLine(pid).includes('infra/start/start.js')
}

/** Takes DATA_DIR for this process, and gives what releases it. Throws a StartError where another has it. */
export function takeLock(dataDir: string): () => void {
  const file = join(dataDir, 'lock')
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const pid = Number(readFileSync(file, 'utf8'))
    if (isOurs(pid))
      throw new StartError(
        `Process ${pid} already runs on ${dataDir}; stop it, or set DATA_DIR and GATEWAY_PORT.`
      )
    rmSync(file)
    return takeLock(dataDir)
  }
  return () => rmSync(file, { force: true })
}
