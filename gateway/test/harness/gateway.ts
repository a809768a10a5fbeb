import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { loadConfig } from '@gatehouse/service-kit'
import { Config, readServiceSecrets, tokenLifeMs } from '../../src/config.ts'
import { buildGateway } from '../../src/gateway.ts'
import { parseTable } from '../../src/route-table/load.ts'

/** The secrets that the gateways of these tests are started with. */
export const jwtSecret = 'm4Xw9cT2vR7kQ1nZ8sL5bJ0yH3gF6dPa'
export const internalSecret = 'Kd7Rz2Wq9Xb4Nf1Ty6Ls8Vc3Mh5Gp0Ju'

type Context = { after: (end: () => Promise<void>) => void }
type Env = Record<string, string>

const gatewayEnv = {
  HOST: '127.0.0.1',
  PORT: '0',
  JWT_SECRET: jwtSecret,
  INTERNAL_SECRET: internalSecret
}

const main = join(import.meta.dirname, '../../src/main.ts')

/** A folder with the table in it, gone when the test is over; gives the path of the file. */
export async function writeTable(t: Context, yaml: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'gateway.yml')
  await writeFile(file, yaml)
  return file
}

/**
 * Starts the real process; `PORT: 0` lets the system choose a free port, which the log tells. `files` is how many files
 * and connections it may have open, where that is said.
 */
export function spawnGateway(file: string, env: Env = {}, files?: number) {
  const limit = files === undefined ? '' : `ulimit -n ${files} && `
  return spawn('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, main], {
    env: { PATH: process.env.PATH, ...gatewayEnv, GATEWAY_CONFIG: file, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
}

/** All that a process wrote to one of its streams. */
export function textOf(stream: NodeJS.ReadableStream | null) {
  const chunks: string[] = []
  stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  return () => chunks.join('')
}

/** After so long the gateway in this process ends the connections that a test has left open, in ms. */
const closeMs = 500

/**
 * Starts the gateway in this process with this table, as `serve.ts` does; closed in the end. It takes a tenth of the
 * time of a process: where signals, memory, exit codes or stdout are tested, there is `startGatewayProcess`.
 * @param env what an operator would set
 * @param overrides times that no variable sets, shortened
 */
export async function startGateway(
  t: Context,
  table: string,
  env: Env = {},
  overrides: { bodyStallMs?: number } = {}
) {
  const config = loadConfig(Config, { ...gatewayEnv, GATEWAY_CONFIG: 'gateway.yml', ...env })
  const parsed = parseTable(table, 'gateway.yml', env)
  const log: Record<string, unknown>[] = []
  const app = await buildGateway({
    table: parsed,
    token: {
      secrets: config.JWT_SECRET.split(','),
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
      ttlMs: tokenLifeMs(config.ACCESS_TOKEN_TTL)
    },
    internalSecret: config.INTERNAL_SECRET,
    serviceSecrets: readServiceSecrets(parsed.services, env),
    trustedProxies: config.TRUSTED_PROXIES,
    logLevel: config.LOG_LEVEL,
    logTo: { write: (line) => void log.push(JSON.parse(line)) },
    demo: config.DEMO,
    documented: config.DOCS,
    ...overrides
  })
  for (const notice of parsed.notices) app.log.info(notice)
  async function close() {
    const timer = setTimeout(() => app.server.closeAllConnections(), closeMs)
    await app.close()
    clearTimeout(timer)
  }
  t.after(close)
  await app.listen({ host: config.HOST, port: config.PORT })
  return { port: (app.server.address() as AddressInfo).port, log, close, server: app.server }
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>

/**
 * Starts the gateway as a process of its own with this table, waits until it listens, and in the end asks
 * it to close: a gateway that does not exit with 0 fails the test.
 */
export async function startGatewayProcess(
  t: Context,
  table: string,
  env: Env = {},
  files?: number
) {
  const child = spawnGateway(await writeTable(t, table), env, files)
  const log: Record<string, unknown>[] = []
  const stderr = textOf(child.stderr)
  t.after(() => stop(child, stderr))
  return { port: await listening(child, log, stderr), log, child, stderr }
}

export type GatewayProcess = Awaited<ReturnType<typeof startGatewayProcess>>

async function listening(child: ChildProcess, log: object[], stderr: () => string) {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
    const line = text.startsWith('{') ? JSON.parse(text) : { msg: text }
    log.push(line)
    const port = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(line.msg)?.[1]
    if (port !== undefined) resolve(Number(port))
  })
  child.on('exit', (code) => reject(new Error(`The gateway exited with ${code}:\n${stderr()}`)))
  return await promise
}

async function stop(child: ChildProcess, stderr: () => string) {
  if (child.exitCode === null) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  assert.equal(child.exitCode, 0, `exit code of the gateway; on stderr: ${stderr()}`)
}
