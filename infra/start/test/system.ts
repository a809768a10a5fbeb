import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'

/** A system is ready within this on a busy machine, in ms. */
const startLimitMs = 60_000
/** Seldom enough for the rate limit of logins, in ms. */
const pauseMs = 250

const script = join(import.meta.dirname, '../start.js')

/** A folder for DATA_DIR that PostgreSQL's own user can enter, removed after the test. */
export function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-start-'))
  chmodSync(folder, 0o755)
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/**
 * A port below those that the system gives out itself: between the moment it is chosen and the moment the gateway
 * listens on it, seconds later, other tests open hundreds of connections.
 */
function quietPort(): string {
  return String(20_000 + Math.floor(Math.random() * 12_000))
}

/** Runs `npm start` on a folder, as a process of its own that is killed after the test. */
export async function runStart(t: TestContext, dataDir: string, env: NodeJS.ProcessEnv = {}) {
  const port = env.GATEWAY_PORT ?? quietPort()
  const variables = {
    ...process.env,
    BCRYPT_COST: '10',
    ...env,
    DATA_DIR: dataDir,
    GATEWAY_PORT: port
  }
  const child = spawn(process.execPath, [script], {
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  t.after(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text))
  return {
    child,
    port: Number(port),
    exited,
    said: () => said.join(''),
    ready: async () => untilBanner(child, said)
  }
}

async function ask(port: number, method: string, path: string, token = '', body?: object) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' })
    },
    ...(body && { body: JSON.stringify(body) })
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Asks again while the system is away: readiness is kept for a second, so that it may be told of what has just ended. */
async function askUntilServed(...request: Parameters<typeof ask>) {
  const served = async () => {
    const answer = await ask(...request)
    return ![502, 503, 504].includes(answer.status) && answer
  }
  return until(served, `${request[1]} ${request[2]} to be served`, { pauseMs })
}

/** Logs the demo user in. */
export async function logIn(port: number) {
  const body = { username: 'user', password: 'u' }
  const answer = await askUntilServed(port, 'POST', '/api/login', undefined, body)
  return { status: answer.status, token: answer.body.access_token as string }
}

/** Places an order as the demo user, and gives it. */
export async function placeOrder(port: number): Promise<unknown> {
  const { token } = await logIn(port)
  const order = { item: 'Lantern', address: '1 Gate Lane' }
  return (await ask(port, 'POST', '/api/orders', token, order)).body
}

/** The orders of the demo user. */
export async function readOrders(port: number): Promise<unknown> {
  const { status, token } = await logIn(port)
  if (status !== 200) throw new Error(`The login got ${status}.`)
  return (await askUntilServed(port, 'GET', '/api/orders', token)).body
}

/** Resolves when all of the system is ready, as the gateway tells it. */
export async function untilReady(port: number): Promise<void> {
  const ready = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`)
    return ((await response.json()) as { status: string }).status === 'ready'
  }
  await until(ready, 'the system to be ready', { limitMs: startLimitMs })
}

/** Resolves when the banner has been shown; rejects with what was said where the process ends before. */
async function untilBanner(child: ChildProcess, said: string[]): Promise<void> {
  const isShown = () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(said.join(''))
    return said.join('').includes('Gatehouse is ready')
  }
  await until(isShown, 'the system to say that it is ready', { limitMs: startLimitMs })
}
