import type { Logger } from '../log.ts'

/** Fetches the sessions that ended since `cursor`; null asks for all that still matter. */
export type Feed = (cursor: string | null) => Promise<{ sessions: string[]; next: string }>

interface Deps {
  /** One for each service of the table that names `sessions`; none, and nothing is asked. */
  feeds: readonly { service: string; fetch: Feed }[]
  /** Life of an access token in ms: an ended session is of interest no longer than its last token. */
  ttlMs: number
  log: Logger
  /** Time between two looks at a feed, in ms. */
  pollMs?: number
}

/** Sessions in one answer of a feed, at most; a full one has more behind it. */
const fullPage = 1000

export type EndedSessions = ReturnType<typeof createEndedSessions>

/** Two generations: what was added a token's life ago, or longer, is forgotten as a whole. */
function createRecentSet(lifeMs: number) {
  let young = new Set<string>()
  let old = new Set<string>()
  let turn = Date.now() + lifeMs
  return {
    has: (id: string) => young.has(id) || old.has(id),
    add(id: string) {
      if (Date.now() >= turn) {
        old = young
        young = new Set()
        turn = Date.now() + lifeMs
      }
      young.add(id)
    }
  }
}

/**
 * Knows the sessions whose tokens are refused although they have not expired. A session that this gateway
 * ended is known at once, those of other replicas within `pollMs`. While a feed does not answer, what is
 * known stays known, and tokens still die by their expiry.
 */
export function createEndedSessions({ feeds, ttlMs, log, pollMs = 500 }: Deps) {
  const ended = createRecentSet(ttlMs)
  const timers = new Map<string, NodeJS.Timeout>()
  const listeners = new Map<string, Set<() => void>>()
  let stopped = false

  function add(id: string) {
    ended.add(id)
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

  async function poll(service: string, fetch: Feed, cursor: string | null, failed: boolean) {
    let next = cursor
    let failing = false
    try {
      let full = true
      while (full && !stopped) {
        const news = await fetch(next)
        for (const id of news.sessions) add(id)
        next = news.next
        full = news.sessions.length >= fullPage
      }
      if (failed) log.info({ service }, 'hears of ended sessions again')
    } catch (error) {
      failing = true
      if (!failed && !stopped) log.warn({ service, err: error }, 'hears of no ended sessions')
    }
    if (stopped) return
    const timer = setTimeout(() => void poll(service, fetch, next, failing), pollMs)
    timers.set(service, timer.unref())
  }

  return {
    has: ended.has,
    add,
    onEnd,
    /** Begins to ask; resolves when every feed was asked once. */
    async start() {
      await Promise.all(feeds.map(({ service, fetch }) => poll(service, fetch, null, false)))
    },
    stop() {
      stopped = true
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }
}
