import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { postgresAccount } from '../within-reach.js'
import { environments } from './environment.ts'
import { takeLock } from './lock.ts'
import { gatewayPort, twoFreePorts } from './ports.ts'
import { ensureCluster } from './postgres/cluster.ts'
import { placeCluster } from './postgres/place.ts'
import { startServer } from './postgres/server.ts'
import { type Process, startProcess } from './processes.ts'
import { untilReady } from './ready.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import type { Settings } from './settings.ts'

const services = ['users', 'orders'] as const

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
  const cluster = { folder: placeCluster(settings.dataDir, account), account }
  const wanted = services.map((name) => {
    const { value: password, isNew } = secrets.keep(`${name}-password`)
    return { name, password, isNew }
  })
  await ensureCluster(cluster, wanted)
  const server = await startServer(cluster)
  stack.defer(server.stop)
  onStarted(server)
  return server
}

async function startAll({ stack, signal, onStarted }: Context, start: () => Process[]) {
  const processes = start()
  stack.defer(async () => void (await Promise.all(processes.map(async ({ stop }) => stop()))))
  for (const part of processes) onStarted(part)
  await untilReady(processes, signal)
  return processes
}

/**
 * Starts PostgreSQL, then the services, then the gateway, each once the one before is ready. Throws a StartError for
 * whatever keeps one from starting.
 */
export async function startSystem(context: Context) {
  const { settings, given, stack } = context
  mkdirSync(settings.dataDir, { recursive: true })
  stack.defer(takeLock(settings.dataDir))
  const port = await gatewayPort(settings.host, settings.gatewayPort)
  const secrets = openSecrets(join(settings.dataDir, 'secrets'))
  const server = await startPostgres(context, secrets)
  const [users, orders] = await twoFreePorts()
  const ports = { gateway: port, users, orders, postgres: server.port }
  const env = environments({ given, secrets, host: settings.host, ports })
  const start = (name: keyof typeof colours, folder: string) => {
    const prefix = styleText(colours[name], `${name.padEnd(7)} │`, { stream: process.stdout })
    return startProcess({ name, folder, port: ports[name], env: env[name] }, settings, prefix)
  }
  const inner = await startAll(context, () =>
    services.map((name) => start(name, `services/${name}`))
  )
  const front = await startAll(context, () => [start('gateway', 'gateway')])
  return { port, parts: [server, ...inner, ...front] }
}
