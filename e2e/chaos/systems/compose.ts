import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from '../../../infra/start/src/ports.ts'
import type { System } from './ready.ts'

const root = join(import.meta.dirname, '../../..')
const order = ['orders', 'users', 'gateway', 'postgres']

async function runner() {
  const port = await freePort()
  const env = { ...process.env, COMPOSE_PROJECT_NAME: 'gatehouse-chaos', GATEWAY_PORT: `${port}` }

  /** Runs docker compose on a project of its own; rejects where that fails, unless `mayFail`. */
  async function compose(args: string[], { mayFail = false } = {}) {
    const child = spawn('docker', ['compose', ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'ignore', mayFail ? 'ignore' : 'inherit']
    })
    const [code] = await once(child, 'exit')
    if (code !== 0 && !mayFail)
      throw new Error(`docker compose ${args.join(' ')} failed (${code}).`)
  }
  return { compose, url: `http://127.0.0.1:${port}` }
}

/**
 * The system of the compose file, as a project of its own. Everything in a container is killed at once from within, but
 * for its init; `docker kill` would tell Docker that it is meant to stay down.
 */
export async function startCompose(): Promise<System> {
  const { compose, url } = await runner()
  const down = async () => compose(['down', '--volumes', '--timeout', '5'], { mayFail: true })
  try {
    await compose(['up', '--build', '--quiet-pull', '--detach', '--wait'])
  } catch (error) {
    await down()
    throw error
  }
  const victims = order.map((name) => ({
    name,
    kill: async () => compose(['exec', '-T', name, 'sh', '-c', 'kill -9 -1'], { mayFail: true })
  }))
  return { url, victims, [Symbol.asyncDispose]: down }
}
