import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import type { Dispatcher } from 'undici'
import type { Service, Table } from '../table/route.ts'
import { type Build, build } from './build.ts'
import { introduction } from './intro.ts'
import { docsRoutes } from './plugin.ts'
import { createSource } from './source.ts'

interface Deps {
  table: Table
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** How long to wait between two looks at a service's document; the wait varies by a fifth. */
  pollMs: number
  /** Whether the demo accounts exist, so that the introduction may name them. */
  demo: boolean
  /** The undici dispatcher to ask a service with; without it, undici's own. */
  dispatcherFor?: (service: Service) => Dispatcher
  title?: string
  /** false: nothing is served and no service is asked. */
  enabled?: boolean
  timeoutMs?: number
  maxBytes?: number
  now?: () => number
}

export type Docs = ReturnType<typeof createDocs>

const soonMs = 2000

const hasDocument = (service: Service): service is Service & { openapi: string } =>
  service.openapi !== null

function createSources(deps: Deps, signal: AbortSignal) {
  const { table, log, dispatcherFor, timeoutMs = 2000, maxBytes = 5 * 1024 ** 2, now } = deps
  return table.services.filter(hasDocument).map((service) =>
    createSource({
      service,
      dispatcher: dispatcherFor?.(service),
      timeoutMs,
      maxBytes,
      log,
      now: now ?? Date.now,
      signal
    })
  )
}

/**
 * Keeps the combined document up to date. It is there from the start, made from the table alone; each
 * service's part comes with its first answer, and stays, marked as stale, while the service is away.
 */
export function createDocs(deps: Deps) {
  const { table, log, pollMs, demo, title = 'Gatehouse', enabled = true } = deps
  const closing = new AbortController()
  const sources = createSources(deps, closing.signal)
  const timers = new Map<string, NodeJS.Timeout>()
  const options = { title, description: introduction(table, { demo }) }
  let stopped = true
  let current: Build = build(table, new Map(), options)

  function rebuild() {
    const present = sources.flatMap((source) => {
      const kept = source.current()
      return kept === null ? [] : [[source.name, kept] as const]
    })
    try {
      const next = build(table, new Map(present), options)
      const news = next.drift.filter((line) => !current.drift.includes(line))
      if (news.length > 0) log.warn({ drift: news }, 'the table and the services’ documents differ')
      current = next
    } catch (err) {
      log.error({ err }, 'the combined document cannot be built; the last good one stays')
    }
  }

  async function refresh(name?: string) {
    const asked = sources.filter((source) => name === undefined || source.name === name)
    const changed = await Promise.all(asked.map(async (source) => source.refresh()))
    if (changed.includes(true)) rebuild()
  }

  async function poll(source: (typeof sources)[number]) {
    await refresh(source.name)
    if (stopped) return
    const pause = source.isUnsettled() ? Math.min(soonMs, pollMs) : pollMs
    const timer = setTimeout(() => void poll(source), pause * (0.9 + 0.2 * Math.random()))
    timers.set(source.name, timer.unref())
  }

  const docs = {
    current: () => current,
    /** How each service's part stands. */
    parts: () => sources.map((source) => source.part()),
    /** Asks one service, or all, for their documents now; settles when the document is up to date. */
    refresh,
    /** Begins to ask the services, now and from time to time, until `stop()`, which is for good. */
    start() {
      if (!stopped) return
      stopped = false
      for (const source of sources) void poll(source)
    },
    stop() {
      stopped = true
      closing.abort()
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }
  const nothing: FastifyPluginAsync = async () => {}
  return { ...docs, plugin: enabled ? docsRoutes(docs, { title, table, demo }) : nothing }
}
