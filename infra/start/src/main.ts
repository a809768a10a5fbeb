import { join } from 'node:path'
import { banner } from './banner.ts'
import { readEnvFile } from './env-file.ts'
import { readSettings, type Settings } from './settings.ts'
import { StartError } from './start-error.ts'
import { startSystem } from './system.ts'

const root = join(import.meta.dirname, '../../..')
const startedAt = Date.now()
const stopping = new AbortController()
const parentPollMs = 250
const kills: (() => unknown)[] = []

/** Ends everything without waiting: the second signal. */
function killAll(): never {
  for (const kill of kills) kill()
  process.exit(130)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => (stopping.signal.aborted ? killAll() : stopping.abort()))

/**
 * npm passes a signal on to the shell it runs a script in, and a shell such as dash ends without passing it on: what is
 * seen of it here is another parent. A signal to the whole group, as Ctrl-C sends, comes through as it is.
 */
function stopWithNpm() {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid !== parent) stopping.abort()
  }, parentPollMs)
  timer.unref()
}

if (process.env.npm_lifecycle_event) stopWithNpm()

async function untilStopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  stopping.signal.addEventListener('abort', () => resolve())
  return promise
}

async function runUntilStopped(settings: Settings) {
  const { signal } = stopping
  await using stack = new AsyncDisposableStack()
  const { port, parts } = await startSystem({
    settings,
    given: process.env,
    stack,
    onStarted: ({ kill }) => kills.unshift(kill),
    signal
  })
  signal.throwIfAborted()
  console.log(banner(settings, port, startedAt, process.env.DEMO !== 'false'))
  if (settings.watch) {
    const { watchFiles } = await import('./watch.ts')
    const table = process.env.GATEWAY_CONFIG || 'gateway/gateway.yml'
    const restart = async (name: string) => parts.find((part) => part.name === name)?.restart()
    const say = (sentence: string) => console.error(sentence)
    watchFiles({ root: settings.root, table, restart, say, signal })
  }
  const running = parts.map(async (part) => part.keepRunning())
  await Promise.race([...running, untilStopped()])
}

try {
  readEnvFile(join(root, '.env'), process.env)
  // PostgreSQL's own programs read them too, and they speak of another server.
  for (const name of Object.keys(process.env)) if (name.startsWith('PG')) delete process.env[name]
  await runUntilStopped(readSettings(root, process.argv.slice(2), process.env))
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(error instanceof StartError ? error.message : error)
    process.exitCode = 1
  }
}
process.exit()
