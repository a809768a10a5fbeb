import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { StartError } from './start-error.ts'

/**
 * Reads the variables of `file` into `env`, those apart that `env` has already. A byte order mark, which some editors
 * write, is no part of the first name. Throws a StartError for UTF-16, which PowerShell writes.
 */
export function readEnvFile(file: string, env: NodeJS.ProcessEnv) {
  if (!existsSync(file)) return
  const bytes = readFileSync(file)
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw new StartError(`${file} is UTF-16; save it as UTF-8.`)
  const values = parseEnv(bytes.toString('utf8').replace(/^\uFEFF/, ''))
  for (const [name, value] of Object.entries(values)) env[name] ??= value
}
