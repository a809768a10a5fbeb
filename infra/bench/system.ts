import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './pinned.ts'

const root = join(import.meta.dirname, '../..')
const startMs = 120_000

export type System = Awaited<ReturnType<typeof startSystem>>

/** The table without the rates that would keep one machine from asking as a hundred. */
function writeTable(folder: string): string {
  const file = join(folder, 'gateway.yml')
  const table = readFileSync(join(root, 'gateway/gateway.yml'), 'utf8')
  writeFileSync(file, table.replaceAll(/rate: [^,}]*(?= })/g, 'rate: off'))
  return file
}

async function ready(url: string, ended: Promise<never>) {
  const signal = AbortSignal.timeout(startMs)
  const isReady = async () => (await fetch(`${url}/health/ready`).catch(() => null))?.status === 200
  while (!(await Promise.race([isReady(), ended]))) await wait(200, undefined, { signal })
}

/**
 * Starts the whole system as `npm start` does, on a database of its own and with the rate limits off, and waits until
 * it is ready. `pid` is the process that started the others; `stop` ends it and deletes what it kept.
 */
export async function startSystem(env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  chmodSync(folder, 0o755)
  const GATEWAY_PORT = String(await freePort())
  const table = writeTable(folder)
  const child = spawn(process.execPath, [join(root, 'infra/start/start.js')], {
    cwd: root,
    env: {
      ...process.env,
      LOG_LEVEL: 'error',
      ...env,
      GATEWAY_CONFIG: table,
      GATEWAY_PORT,
      DATA_DIR: join(folder, 'data')
    },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const said = text(child.stderr)
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${GATEWAY_PORT}`
  async function stop() {
    child.kill('SIGTERM')
    await exited
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  const ended = exited.then(async () => {
    throw new Error(`The system did not start:\n${await said}`)
  })
  ended.catch(() => undefined)
  await ready(url, ended)
  return { url, stop, pid: child.pid as number }
}

/** Logs in, and gives the access token. */
export async function tokenOf(url: string, username: string, password: string): Promise<string> {
  const response = await postLogin(url, { username, password })
  if (response.status !== 200) throw new Error(`The login of ${username} gave ${response.status}.`)
  return ((await response.json()) as { access_token: string }).access_token
}

/** One login, from wherever `headers` say. */
export async function postLogin(url: string, body: object, headers: Record<string, string> = {}) {
  return fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body)
  })
}
