import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import type { Table } from '../table/route.ts'
import { type Build, createBuilder } from './build.ts'
import type { Finding } from './finding.ts'
import { introduction } from './intro.ts'
import { docsRoutes } from './plugin.ts'
import { createRepeater } from './repeater.ts'
import { createSources, type SourceOptions } from './sources.ts'
import { createTeller } from './teller.ts'
import { createWorkshop } from './workshop.ts'

interface Deps extends SourceOptions {
  table: Table
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** How long to wait between two looks at a service's document; the wait varies by a fifth. */
  pollMs: number
  /** Whether the demo accounts exist, so that the introduction may name them. */
  demo: boolean
  title?: string
  /** false: nothing is served and no service is asked. */
  enabled?: boolean
}

export type Docs = ReturnType<typeof createDocs>

const soonMs = 2000
const mostDetails = 20

const toldOf = ({ service, pointer, fault }: Finding) => ({ service, pointer, fault })

/**
 * Keeps the combined document up to date. It is there from the start, made from the table alone; each
 * service's part comes with its first answer, and stays, marked as stale, while the service is away or answers
 * what cannot be used.
 */
export function createDocs(deps: Deps) {
  const { table, log, pollMs, demo, title = 'Gatehouse', enabled = true } = deps
  const closing = new AbortController()
  const workshop = createWorkshop()
  const sources = createSources(deps, workshop, closing.signal)
  const timers = new Map<string, NodeJS.Timeout>()
  const builder = createBuilder(
    table,
    { title, description: introduction(table, { demo }) },
    workshop
  )
  const tell = createTeller(log)
  let stopped = true
  let current: Build = builder.skeleton()
  const findings = () => [...sources.flatMap((source) => source.findings()), ...current.findings]

  const rebuild = createRepeater(async () => {
    try {
      current = await builder.build(sources.flatMap((source) => source.current() ?? []))
    } catch (err) {
      if (!closing.signal.aborted) {
        log.error({ err }, 'the combined document cannot be built; the last good one stays')
      }
    }
  })

  async function refresh(name?: string) {
    const asked = sources.filter((source) => name === undefined || source.name === name)
    const changed = await Promise.all(asked.map(async (source) => source.refresh()))
    if (changed.includes(true)) await rebuild()
    if (!closing.signal.aborted) tell(findings())
  }

  async function poll(source: (typeof sources)[number]) {
    await refresh(source.name)
    if (stopped) return
    // A service that became ready meanwhile is asked apart; whoever was the last keeps time for both.
    clearTimeout(timers.get(source.name))
    const pause = source.isUnsettled() ? Math.min(soonMs, pollMs) : pollMs
    const timer = setTimeout(() => void poll(source), pause * (0.9 + 0.2 * Math.random()))
    timers.set(source.name, timer.unref())
  }

  const docs = {
    current: () => current,
    /** How each service's part stands. */
    parts: () => sources.map((source) => source.part()),
    /** What is wrong with what the services say of themselves now, and where the table and they differ. */
    findings,
    /** The first of them, for `/health/ready`. */
    details: () => ({ documentation: findings().slice(0, mostDetails).map(toldOf) }),
    /** Asks one service, or all, for their documents now; settles when the document is up to date. */
    refresh,
    /** Takes note that a service has become ready: what it says of itself may be new. */
    noteReady(name: string) {
      if (stopped) return
      for (const source of sources) if (source.name === name) void poll(source)
    },
    /** Begins to ask the services, now and from time to time, until `stop()`, which is for good. */
    start() {
      if (!stopped) return
      stopped = false
      for (const source of sources) void poll(source)
    },
    stop() {
      stopped = true
      closing.abort()
      workshop.close()
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }
  const nothing: FastifyPluginAsync = async () => {}
  return { ...docs, plugin: enabled ? docsRoutes(docs, { title, table, demo }) : nothing }
}
