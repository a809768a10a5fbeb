import { execFile } from 'node:child_process'
import { existsSync, readdirSync, watch } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** An editor writes a file in several steps; this long after the last one it is looked at, in ms. */
const settleMs = 150

interface Options {
  root: string
  /** The file of the routes, relative to the root. */
  table: string
  /** Restarts the process of this name. */
  restart: (name: string) => Promise<void>
  /** Is told what is going on, in a sentence. */
  say: (sentence: string) => void
  signal: AbortSignal
  /** Generates the Prisma clients whose schema is newer. */
  generate?: () => Promise<void>
}

async function generateClients(root: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const script = join(root, 'infra/database/generate.js')
  execFile(process.execPath, [script], (error, _stdout, stderr) =>
    error ? reject(new Error(stderr.trim() || error.message)) : resolve()
  )
  return promise
}

/**
 * For `npm run dev`: watches what no process imports, and which its own `--watch` therefore does not see. A changed
 * gateway.yml restarts the gateway, a changed migration its service; a changed schema.prisma generates the client,
 * which the service imports.
 */
export function watchFiles({ root, table, restart, say, signal, generate }: Options) {
  const generated = generate ?? (async () => generateClients(root))

  function onChange(path: string, concerns: (file: string) => boolean, act: () => Promise<void>) {
    if (!existsSync(path)) return
    let timer: NodeJS.Timeout | undefined
    const run = () => void act().catch((error: Error) => say(error.message))
    watch(path, { recursive: true, signal }, (_event, file) => {
      if (signal.aborted || file === null || !concerns(file)) return
      clearTimeout(timer)
      timer = setTimeout(run, settleMs)
    })
    signal.addEventListener('abort', () => clearTimeout(timer))
  }

  const file = resolve(root, table)
  onChange(
    dirname(file),
    (name) => name === basename(file),
    async () => restart('gateway')
  )
  for (const name of readdirSync(join(root, 'services'))) {
    const prisma = join(root, 'services', name, 'prisma')
    onChange(prisma, (changed) => changed === 'schema.prisma', generated)
    onChange(
      join(prisma, 'migrations'),
      () => true,
      async () => restart(name)
    )
  }
}
