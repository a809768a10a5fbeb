import { reasonOf } from '@gatehouse/service-kit'
import { Type } from 'typebox'
import type { Logger } from '../http/log-record.ts'
import type { Service } from '../route-table/types.ts'
import type { createInternalClient } from '../upstream/internal-client.ts'

/** Fetches a page of the sessions that ended since `cursor`: a time in ISO 8601, or the `next` of the page before. */
export type Feed = (cursor: string) => Promise<{ sessions: string[]; next: string }>

interface FeedReaderDeps {
  service: string
  fetch: Feed
  /** Told of each session that has ended, more than once perhaps. */
  add: (session: string) => void
  /** How far back the first question goes, in ms. */
  windowMs: number
  /** Time between two looks, in ms. */
  pollMs: number
  log: Logger
}

/** Sessions in one answer of a feed, at most; a full one has more behind it. */
const fullPage = 1000
/** How long an answer to a client may wait for what it ended, in ms. */
const patienceMs = 1000

/** Hears one service's feed of ended sessions, page by page to the end, again and again. */
export function createFeedReader({ service, fetch, add, windowMs, pollMs, log }: FeedReaderDeps) {
  let cursor: string | null = null
  let hasRead = false
  let failing = false
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> | null = null
  let next: Promise<void> | null = null

  async function readAll() {
    let at = cursor ?? new Date(Date.now() - windowMs).toISOString()
    for (let full = true; full && !stopped; ) {
      const news = await fetch(at)
      for (const id of news.sessions) add(id)
      at = news.next
      cursor = at
      full = news.sessions.length >= fullPage
    }
  }

  async function readOnce() {
    try {
      await readAll()
      hasRead = true
      if (failing) log.info({ upstream: service }, 'reads revoked sessions again')
      failing = false
    } catch (error) {
      if (!failing && !stopped)
        log.warn({ upstream: service, reason: reasonOf(error) }, 'cannot read revoked sessions')
      failing = true
    } finally {
      underWay = null
    }
  }

  /** Reads the feed once, after what is under way: that may have asked too early. Never rejects. */
  function readFeed(): Promise<void> {
    underWay ??= readOnce()
    return underWay
  }

  function hearAfterwards(): Promise<void> {
    if (underWay === null) return readFeed()
    next ??= underWay.then(() => {
      next = null
      return readFeed()
    })
    return next
  }

  async function poll() {
    await readFeed()
    if (!stopped) timer = setTimeout(() => void poll(), pollMs).unref()
  }

  return {
    isRead: () => hasRead,
    start: poll,
    /** Resolves when all that had ended when it was called is known, or a second has passed. */
    async catchUp() {
      const { promise, resolve } = Promise.withResolvers<void>()
      const limit = setTimeout(resolve, patienceMs)
      await Promise.race([hearAfterwards(), promise])
      clearTimeout(limit)
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    }
  }
}

/** A service's answer to `GET <sessions>?since=<a time, or the next of the last answer>`: at most 1000 a page. */
const RevokedSessionsPage = Type.Object({
  ended: Type.Array(Type.Object({ session_id: Type.String({ maxLength: 128 }) })),
  next: Type.String({ maxLength: 200 })
})

/** How each service that ends sessions is asked for news of them. */
export function revocationFeeds(
  services: readonly Service[],
  client: ReturnType<typeof createInternalClient>
) {
  const telling = services.filter(({ sessions }) => sessions !== null)
  return telling.map(({ name, sessions }) => {
    const fetch: Feed = async (cursor) => {
      const path = `${sessions}?since=${encodeURIComponent(cursor)}`
      const { ended, next } = await client.get(name, path, RevokedSessionsPage)
      return { sessions: ended.map(({ session_id }) => session_id), next }
    }
    return { service: name, fetch }
  })
}

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

export type RevokedSessions = ReturnType<typeof createRevokedSessions>

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
export function createRevokedSessions({ feeds, ttlMs, log, pollMs = 500 }: Deps) {
  const ended = createRecentSet(ttlMs + slackMs)
  const listeners = new Map<string, Set<() => void>>()
  const requestListeners = new Set<(id: string) => void>()

  function add(id: string) {
    if (!ended.add(id)) return
    for (const listener of requestListeners) listener(id)
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
  const readers = feeds.map((feed) => createFeedReader({ ...feed, add, windowMs, pollMs, log }))

  return {
    has: ended.has,
    add,
    onEnd,
    /** Calls `listener` with every session that is revoked from now on. */
    onRevoked(listener: (id: string) => void) {
      requestListeners.add(listener)
    },
    /**
     * Whether every feed has answered. Before that the gateway accepts no token:
     * one that starts while a service is down must not accept revoked sessions.
     */
    isComplete: () => readers.every(({ isRead }) => isRead()),
    /** Resolves when all that has ended by now is known, or a second has passed. */
    async catchUp() {
      await Promise.all(readers.map(async ({ catchUp }) => catchUp()))
    },
    /** Begins to ask; resolves when every feed was asked once. */
    async start() {
      await Promise.all(readers.map(async ({ start }) => start()))
    },
    stop() {
      for (const { stop } of readers) stop()
    }
  }
}
