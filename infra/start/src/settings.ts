import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { StartError } from './start-error.ts'

export type Settings = ReturnType<typeof readSettings>

function readPort(value: string): number {
  const port = Number(value)
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port
  throw new StartError(`GATEWAY_PORT must be a number from 0 to 65535, not "${value}".`)
}

function readHost(value: string): string {
  if (value === 'localhost' || isIP(value) !== 0) return value
  throw new StartError(
    `HOST must be the IP address to listen on, or localhost, not "${value}" (Conda sets HOST for its compilers); unset it, or set HOST=127.0.0.1.`
  )
}

/** Reads what `npm start` can be told: GATEWAY_PORT (0: any free one), HOST, DATA_DIR, LOG_FORMAT. */
export function readSettings(root: string, options: readonly string[], env: NodeJS.ProcessEnv) {
  const unknown = options.find((option) => option !== '--watch')
  if (unknown) throw new StartError(`There is no option ${unknown}; there is --watch.`)
  return {
    root,
    watch: options.includes('--watch'),
    host: readHost(env.HOST || '127.0.0.1'),
    gatewayPort: readPort(env.GATEWAY_PORT || '8001'),
    dataDir: resolve(root, env.DATA_DIR || '.data'),
    json: env.LOG_FORMAT === 'json',
    /** Shows no line of a process. */
    quiet: false
  }
}
