import type { FastifyPluginAsync } from 'fastify'

/** Resolves where the part works, rejects with the reason where it does not. */
export type Check = () => Promise<unknown>

/** Time that a check may take, in ms. */
const timeoutMs = 800
/** How long a result is kept, in ms: readiness costs its parts the same however many clients ask for it. */
const keptMs = 1000

async function outcome(check: Check): Promise<'up' | 'down'> {
  const { promise, resolve } = Promise.withResolvers<'down'>()
  const timer = setTimeout(resolve, timeoutMs, 'down' as const)
  try {
    return await Promise.race([check().then(() => 'up' as const), promise])
  } catch {
    return 'down'
  } finally {
    clearTimeout(timer)
  }
}

/** Runs all checks at once, each for at most 800 ms, and tells what is up. */
export async function runChecks(checks: Record<string, Check>) {
  const names = Object.keys(checks)
  const outcomes = await Promise.all(Object.values(checks).map(outcome))
  return Object.fromEntries(names.map((name, index) => [name, outcomes[index] ?? 'down']))
}

/** Runs the checks once for all who ask meanwhile, and keeps the result for a second. */
function createSharedChecks(checks: Record<string, Check>) {
  let kept: ReturnType<typeof runChecks> | null = null
  async function runAndForget() {
    const results = await runChecks(checks)
    setTimeout(() => {
      kept = null
    }, keptMs).unref()
    return results
  }
  return async function readResults() {
    kept ??= runAndForget()
    return kept
  }
}

interface Options {
  checks: Record<string, Check>
  /** Whether the process needs all of its parts to do its work (the default), or any of them. */
  needs?: 'all' | 'any'
  /** Whether requests can be served at all, whatever the parts say. */
  isOpen?: () => boolean
  /** What else is told of readiness, without a part in it. */
  details?: () => object
}

/** `GET /health/live`: is the process up. `GET /health/ready`: can it do its work (503 where not, or not any more). */
export const health: FastifyPluginAsync<Options> = async (app, options) => {
  const { checks, needs = 'all', isOpen = () => true, details } = options
  const schema = { hide: true }
  const readResults = createSharedChecks(checks)
  app.get('/health/live', { schema, logLevel: 'warn' }, async () => ({ status: 'live' }))
  app.get('/health/ready', { schema, logLevel: 'warn' }, async (_request, reply) => {
    const results = await readResults()
    const all = Object.values(results).every((result) => result === 'up')
    const any = needs === 'any' && Object.values(results).includes('up')
    const ready = !app.lifecycle.draining && isOpen() && (all || any)
    reply.code(ready ? 200 : 503).header('cache-control', 'no-store')
    const status = all ? 'ready' : 'degraded'
    return { status: ready ? status : 'unavailable', checks: results, ...details?.() }
  })
}
