import { setTimeout as delay } from 'node:timers/promises'
import { StartError } from './start-error.ts'

/** A process of the system, as long as it runs. */
export interface Running {
  pid: number
  /** Resolves with how it ended: `exit code 1`, `SIGKILL`. */
  exited: Promise<string>
  /** Asks it to finish what it is doing, and waits until it has ended. */
  stop: () => Promise<void>
  /** Ends it and what it started, at once. */
  kill: () => unknown
}

export type Part = Awaited<ReturnType<typeof createPart>>

interface Options {
  name: string
  start: () => Promise<Running>
  /** Told what is going on, in a sentence. */
  say: (sentence: string) => void
}

/** Whoever ends again within this time has not recovered, in ms. */
const earlyMs = 3000
const maxEarlyEnds = 5
const maxAttempts = 5
const pauseMs = 200

/**
 * Starts a part of the system. Once `keepRunning` is called it is started again whenever it ends by itself, on the same
 * port and files, as `restart: unless-stopped` does in the compose file.
 */
export async function createPart({ name, start, say }: Options) {
  let current = await start()
  let starting = Promise.resolve()
  let stopping = false
  /** Resolves the restart that was asked for. */
  let restarted: (() => void) | null = null

  async function startAgain() {
    for (let attempt = 1; !stopping; attempt += 1)
      try {
        await delay(pauseMs * attempt)
        if (!stopping) current = await start()
        return
      } catch (error) {
        // What a killed PostgreSQL leaves behind takes a moment to end, and nothing can start before.
        if (attempt === maxAttempts) throw error
      }
  }

  return {
    name,
    pid: () => current.pid,
    /** How the process that runs now ends. */
    exited: async () => current.exited,

    async stop() {
      stopping = true
      await starting.catch(() => undefined)
      await current.stop()
    },

    /** Ends it, and resolves once it is started again; needs `keepRunning`. */
    async restart() {
      const { promise, resolve } = Promise.withResolvers<void>()
      restarted = resolve
      await current.stop()
      await promise
    },

    kill() {
      stopping = true
      return current.kill()
    },

    /** Resolves once it is being stopped; throws a StartError where it ends again and again. */
    async keepRunning() {
      for (let earlyEnds = 0; !stopping; ) {
        const since = Date.now()
        const how = await current.exited
        if (stopping) return
        if (restarted) {
          starting = startAgain()
          await starting
          restarted()
          restarted = null
          continue
        }
        earlyEnds = Date.now() - since < earlyMs ? earlyEnds + 1 : 0
        if (earlyEnds === maxEarlyEnds)
          throw new StartError(`${name} ends again and again (${how}), so everything was stopped.`)
        say(`${name} ended (${how}); it is started again.`)
        starting = startAgain()
        await starting
      }
    }
  }
}
