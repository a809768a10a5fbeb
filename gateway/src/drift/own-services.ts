import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { StartError } from '@gatehouse/service-kit'
import type { Json } from '../docs/json.ts'
import { askFor, type Described } from './running.ts'

const patienceMs = 30_000
const folderOf = (name: string) => join(import.meta.dirname, '../../../services', name)

/** Whether a service of the table is one of this project's. */
export const isOwn = ({ name }: Described) => existsSync(join(folderOf(name), 'src/main.ts'))

/** A process of the service that listens on a free port, and can reach no database. */
function start({ name }: Described) {
  const env = {
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'info',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    INTERNAL_SECRET: randomBytes(32).toString('base64url')
  }
  const cwd = folderOf(name)
  return spawn(process.execPath, ['src/main.ts'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function addressOf(child: ReturnType<typeof start>, name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const complaints = text(child.stderr)
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const address = /listening at (http:\/\/[^"]+)/.exec(line)?.[1]
    if (address !== undefined) resolve(address)
  })
  child.on('error', reject)
  child.on('exit', async (code) => {
    reject(
      new StartError(`services/${name} ended with ${code} before it listened:\n${await complaints}`)
    )
  })
  return promise.finally(() => clearTimeout(timer))
}

/** The document of a service of this project, as its code is now: it is started for that alone, without a database. */
export async function documentOf(service: Described): Promise<Json> {
  const child = start(service)
  const ended = once(child, 'exit')
  try {
    return await askFor((await addressOf(child, service.name)) + service.openapi)
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}
