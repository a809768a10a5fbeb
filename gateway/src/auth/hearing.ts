import type { Logger } from '../log.ts'

/** Fetches a page of the sessions that ended since `cursor`: a time in ISO 8601, or the `next` of the page before. */
export type Feed = (cursor: string) => Promise<{ sessions: string[]; next: string }>

interface Deps {
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
export function createHearing({ service, fetch, add, windowMs, pollMs, log }: Deps) {
  let cursor: string | null = null
  let heard = false
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

  async function listen() {
    try {
      await readAll()
      heard = true
      if (failing) log.info({ service }, 'hears of ended sessions again')
      failing = false
    } catch (error) {
      if (!failing && !stopped) log.warn({ service, err: error }, 'hears of no ended sessions')
      failing = true
    } finally {
      underWay = null
    }
  }

  /** Reads the feed once, after what is under way: that may have asked too early. Never rejects. */
  function hear(): Promise<void> {
    underWay ??= listen()
    return underWay
  }

  function hearAfterwards(): Promise<void> {
    if (underWay === null) return hear()
    next ??= underWay.then(() => {
      next = null
      return hear()
    })
    return next
  }

  async function poll() {
    await hear()
    if (!stopped) timer = setTimeout(() => void poll(), pollMs).unref()
  }

  return {
    isHeard: () => heard,
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
