import type { Logger } from '../log.ts'
import { createHearing, type Feed } from './hearing.ts'

interface Deps {
  /** One for each service of the table that names `sessions`; none, and nothing is asked. */
  feeds: readonly { service: string; fetch: Feed }[]
  /** Life of an access token in ms: an ended session is of interest no longer than its last token. */
  ttlMs: number
  log: Logger
  /** Time between two looks at a feed, in ms. */
  pollMs?: number
}

/** A token that was issued while its session ended, and clocks that do not agree, in ms. */
const slackMs = 60_000

export type EndedSessions = ReturnType<typeof createEndedSessions>

/** Two generations: what was added a token's life ago, or longer, is forgotten as a whole. */
function createRecentSet(lifeMs: number) {
  let young = new Set<string>()
  let old = new Set<string>()
  let turn = Date.now() + lifeMs
  const has = (id: string) => young.has(id) || old.has(id)
  return {
    has,
    /** False where it was there already: then it is not kept for longer. */
    add(id: string): boolean {
      if (Date.now() >= turn) {
        old = young
        young = new Set()
        turn = Date.now() + lifeMs
      }
      if (has(id)) return false
      young.add(id)
      return true
    }
  }
}

/**
 * Knows the sessions whose tokens are refused although they have not expired. A session that this gateway
 * ended is known at once, those of other replicas within `pollMs`. While a feed does not answer, what is
 * known stays known, and tokens still die by their expiry.
 */
export function createEndedSessions({ feeds, ttlMs, log, pollMs = 500 }: Deps) {
  const ended = createRecentSet(ttlMs + slackMs)
  const listeners = new Map<string, Set<() => void>>()

  function add(id: string) {
    if (!ended.add(id)) return
    for (const listener of listeners.get(id) ?? []) listener()
  }

  /** Calls `listener` when the session ends; gives the way to take that back. Streams alone need it. */
  function onEnd(id: string, listener: () => void): () => void {
    const those = listeners.get(id) ?? new Set()
    listeners.set(id, those.add(listener))
    return () => {
      those.delete(listener)
      if (those.size === 0) listeners.delete(id)
    }
  }

  const windowMs = ttlMs + slackMs
  const hearings = feeds.map((feed) => createHearing({ ...feed, add, windowMs, pollMs, log }))

  return {
    has: ended.has,
    add,
    onEnd,
    /**
     * Whether every feed has answered. Before that nobody can say which sessions have ended, so no token is believed:
     * a gateway that starts while a service is away lets nobody in again.
     */
    isComplete: () => hearings.every(({ isHeard }) => isHeard()),
    /** Resolves when all that has ended by now is known, or a second has passed. */
    async catchUp() {
      await Promise.all(hearings.map(async ({ catchUp }) => catchUp()))
    },
    /** Begins to ask; resolves when every feed was asked once. */
    async start() {
      await Promise.all(hearings.map(async ({ start }) => start()))
    },
    stop() {
      for (const { stop } of hearings) stop()
    }
  }
}
