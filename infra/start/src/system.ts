import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { postgresAccount } from '../postgres-account.js'
import { environments } from './environment.ts'
import { takeLock } from './lock.ts'
import { freePort, gatewayPort, twoFreePorts } from './ports.ts'
import { ensureCluster, maxConnections } from './postgres/cluster.ts'
import { clusterFolder } from './postgres/data-folder.ts'
import { startServer } from './postgres/server.ts'
import { startProcess } from './processes.ts'
import { untilReady } from './ready.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import type { Settings } from './settings.ts'
import { StartError } from './start-error.ts'
import { createPart, type Part, type Running } from './supervise.ts'

const services = ['users', 'orders'] as const

const say = (sentence: string) => console.error(sentence)

const colours = { users: 'cyan', orders: 'magenta', gateway: 'green' } as const

/** Where a start finds what it needs, and leaves what has to be ended. */
export interface Context {
  settings: Settings
  /** The variables `npm start` was given. */
  given: NodeJS.ProcessEnv
  /** What is started is handed over at once, to be ended in the reverse order. */
  stack: AsyncDisposableStack
  /** What is started can be killed, without waiting. */
  onStarted: (part: { kill: () => unknown }) => void
  signal: AbortSignal
}

async function startPostgres({ settings, stack, onStarted }: Context, secrets: Secrets) {
  const account = postgresAccount()
  const cluster = { folder: clusterFolder(settings.dataDir, account), account }
  const wanted = services.map((name) => {
    const password = secrets.keep(`${name}-password`).value
    return { name, password, ownerPassword: secrets.keep(`${name}-owner-password`).value }
  })
  await ensureCluster(cluster, wanted)
  const port = await freePort()
  const start = async () => startServer(cluster, port, maxConnections(wanted.length))
  const server = await createPart({ name: 'PostgreSQL', start, say })
  stack.defer(server.stop)
  onStarted(server)
  return { server, port }
}

/** Makes the data folder where it is missing, and takes it for this process. */
function takeFolder(dataDir: string): () => void {
  try {
    mkdirSync(dataDir, { recursive: true })
    return takeLock(dataDir)
  } catch (error) {
    if (error instanceof StartError) throw error
    const { message } = error as Error
    throw new StartError(
      `The data folder ${dataDir} cannot be used: ${message}; set DATA_DIR to a folder that can be written.`,
      { cause: error }
    )
  }
}

interface Program {
  name: keyof typeof colours
  port: number
  host?: string
  start: () => Running
}

async function startAll({ stack, signal, onStarted }: Context, programs: Program[]) {
  const parts: (Part & { host?: string; port: number })[] = []
  stack.defer(async () => void (await Promise.all(parts.map(async ({ stop }) => stop()))))
  for (const { name, host, port, start } of programs) {
    const part = await createPart({ name, start: async () => start(), say })
    parts.push({ ...part, ...(host && { host }), port })
    onStarted(part)
  }
  await untilReady(parts, signal)
  return parts
}

/**
 * Starts PostgreSQL, then the services, then the gateway, each once the one before is ready. Throws a StartError for
 * whatever keeps one from starting. Each part runs until it ends; its `keepRunning` starts it again then.
 */
export async function startSystem(context: Context) {
  const { settings, given, stack } = context
  stack.defer(takeFolder(settings.dataDir))
  const port = await gatewayPort(settings.host, settings.gatewayPort)
  const secrets = openSecrets(join(settings.dataDir, 'secrets'))
  const { server, port: postgres } = await startPostgres(context, secrets)
  const [users, orders] = await twoFreePorts()
  const ports = { gateway: port, users, orders, postgres }
  const env = environments({ given, secrets, host: settings.host, ports })
  const program = (name: keyof typeof colours, folder: string): Program => {
    const prefix = styleText(colours[name], `${name.padEnd(7)} │`, { stream: process.stdout })
    const start = () => startProcess({ folder, env: env[name] }, settings, prefix)
    return { name, port: ports[name], start }
  }
  const inner = await startAll(
    context,
    services.map((name) => program(name, `services/${name}`))
  )
  const front = await startAll(context, [{ ...program('gateway', 'gateway'), host: settings.host }])
  return { port, parts: [server, ...inner, ...front] }
}
