import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The secrets that the gateways of these tests are started with. */
export const jwtSecret = 'm4Xw9cT2vR7kQ1nZ8sL5bJ0yH3gF6dPa'
export const internalSecret = 'Kd7Rz2Wq9Xb4Nf1Ty6Ls8Vc3Mh5Gp0Ju'

type Context = { after: (end: () => Promise<void>) => void }
type Env = Record<string, string>

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
  const own = { HOST: '127.0.0.1', PORT: '0', JWT_SECRET: jwtSecret, GATEWAY_CONFIG: file }
  const limit = files === undefined ? '' : `ulimit -n ${files} && `
  return spawn('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, main], {
    env: { PATH: process.env.PATH, INTERNAL_SECRET: internalSecret, ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
}

/** All that a process wrote to one of its streams. */
export function textOf(stream: NodeJS.ReadableStream | null) {
  const chunks: string[] = []
  stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  return () => chunks.join('')
}

/**
 * Starts the gateway as a process of its own with this table, waits until it listens, and in the end asks
 * it to close: a gateway that does not exit with 0 fails the test.
 */
export async function startGateway(t: Context, table: string, env: Env = {}, files?: number) {
  const child = spawnGateway(await writeTable(t, table), env, files)
  const log: Record<string, unknown>[] = []
  const stderr = textOf(child.stderr)
  t.after(() => stop(child, stderr))
  return { port: await listening(child, log, stderr), log, child, stderr }
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>

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
