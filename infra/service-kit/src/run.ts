import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { milliseconds, StartError } from './config.ts'
import { closeListener, connectionsOf } from './drain.ts'
import { abortInTime } from './drain-timeouts.ts'

interface Address {
  HOST: string
  PORT: number
  /** How long readiness is gone before the listener is, so that a load balancer has seen it. */
  DRAIN_DELAY?: string
}

/** Longest time to finish what is under way, in ms. */
const longestStopMs = 20_000
/** Longest time that readiness may be gone before the listener is, in ms; a timer holds no more than 24 days. */
const longestDelayMs = 3_600_000
const hardStopAfterErrorMs = 5_000

/** What the operator can mend about an address that cannot be listened on; null where it is a bug. */
function listenFault(error: unknown, { HOST, PORT }: Address): string | null {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `Port ${PORT} on ${HOST} is taken; set PORT to another.`
  if (code === 'EACCES') return `Port ${PORT} may not be used by this user; set PORT above 1023.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `HOST ${HOST} is not an address of this machine.`
  return null
}

/** How long requests are taken after a signal, in ms; throws a StartError where nobody would wait for so long. */
function delayOf({ DRAIN_DELAY = '0s' }: Address): number {
  const delayMs = milliseconds(DRAIN_DELAY)
  if (delayMs <= longestDelayMs) return delayMs
  throw new StartError(`DRAIN_DELAY must be at most 1h, not ${DRAIN_DELAY}.`)
}

/** The error that nothing caught, if there is one; null, undefined and their like can be thrown, and become one. */
function errorIn(out: { err?: unknown }): unknown {
  // close-with-grace looks at it once more, and takes what is falsy for a normal end.
  if ('err' in out) out.err ||= new Error(`${inspect(out.err)} was thrown, which is no error`)
  return out.err
}

/**
 * Listens, with one line in the log. Fastify itself writes a line for each address of the machine, and those of a
 * container mean nothing to its reader.
 */
async function listen(app: FastifyInstance, { HOST, PORT }: Address) {
  await app.ready()
  const { level } = app.log
  app.log.level = 'silent'
  try {
    await app.listen({ host: HOST, port: PORT })
  } finally {
    app.log.level = level
  }
  const { address, port, family } = app.server.address() as AddressInfo
  const host = family === 'IPv6' ? `[${address}]` : address
  const isAny = address === '0.0.0.0' || address === '::'
  app.log.info(
    isAny
      ? `Server listening on every address, port ${port}`
      : `Server listening at http://${host}:${port}`
  )
}

/**
 * Listens, and closes gracefully on SIGTERM or SIGINT; a second signal ends the process at once. `app` must
 * not be ready yet. Throws a StartError where the address cannot be listened on, or is drained for too long.
 * @param hardStopMs after so long, counted from the end of DRAIN_DELAY, the process ends with 1
 */
export async function run(app: FastifyInstance, address: Address, hardStopMs = longestStopMs) {
  const sockets = connectionsOf(app.server)
  const delayMs = delayOf(address)
  const delay = delayMs + hardStopMs
  const grace = closeWithGrace({ delay, logger: app.log }, async (out) => {
    const err = errorIn(out)
    if (err) {
      app.log.fatal({ err }, 'closing after an error that nothing caught')
      setTimeout(() => process.exit(1), hardStopAfterErrorMs).unref()
    }
    app.lifecycle.draining = true
    // Readiness goes first, then the listener, then idle connections.
    if (!err) await wait(delayMs)
    abortInTime(sockets, err ? hardStopAfterErrorMs : hardStopMs, app.log)
    if (!err) await closeListener(app, sockets)
    await app.close()
  })
  app.addHook('onClose', async () => grace.uninstall())
  try {
    await listen(app, address)
  } catch (error) {
    const fault = listenFault(error, address)
    throw fault === null ? error : new StartError(fault, { cause: error })
  }
}

/** Tells on stderr why the process cannot go on, a StartError without its stack, and ends it with exit code 1. */
export function fail(error: unknown): never {
  const stack = error instanceof Error ? error.stack : String(error)
  process.stderr.write(`${error instanceof StartError ? error.message : stack}\n`)
  process.exit(1)
}

/**
 * Runs a process's `start`, and ends it through `fail` where that rejects: at once, or after it has been
 * listening for a while, as with a migration that waits for its database.
 */
export async function main(start: () => Promise<void>) {
  try {
    await start()
  } catch (error) {
    // A signal came first: what breaks off because the app closes is no failure to start.
    if (!isClosing()) fail(error)
  }
}

function isClosing(): boolean {
  return (closeWithGrace as unknown as { closing: boolean }).closing
}
