import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings } from '../../../infra/start/src/settings.ts'
import { startSystem } from '../../../infra/start/src/system.ts'
import type { System } from './ready.ts'

const root = join(import.meta.dirname, '../../..')
const order = ['orders', 'users', 'gateway', 'PostgreSQL']

function dataFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-chaos-'))
  // PostgreSQL may run as a user of its own.
  chmodSync(folder, 0o755)
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** The system of `npm start`, by its own modules, on a folder and a port of its own. */
export async function startNpm(): Promise<System> {
  const stack = new AsyncDisposableStack()
  try {
    const folder = dataFolder(stack)
    const given = { ...process.env, BCRYPT_COST: '10', DEMO: 'true' }
    const settings = readSettings(root, [], { DATA_DIR: folder, GATEWAY_PORT: '0' })
    settings.quiet = true
    const { signal } = new AbortController()
    const context = { settings, given, stack, signal, onStarted: () => undefined }
    const { port, parts } = await startSystem(context)
    const fail = (error: Error) => {
      console.error(error.message)
      process.exit(1)
    }
    for (const part of parts) part.keepRunning().catch(fail)
    const victims = order.map((name) => {
      const part = parts.find((one) => one.name === name)
      if (!part) throw new Error(`npm start has no ${name}.`)
      return { name, kill: () => process.kill(part.pid(), 'SIGKILL') }
    })
    const url = `http://127.0.0.1:${port}`
    return { url, victims, [Symbol.asyncDispose]: async () => stack.disposeAsync() }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
