import { type Finding, sentenceOf } from '@gatehouse/openapi/findings'
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import type { Options } from '../openapi/merge.ts'
import type { Table } from '../route-table/types.ts'
import { createWorkshop, type Workshop } from './merge-worker.ts'
import { introduction } from './page.ts'
import { docsRoutes } from './routes.ts'
import { createSources, type SourceOptions } from './service-documents.ts'
import { type Part, type Text, work } from './work.ts'

/**
 * Runs `work` when asked, never twice at once: whoever asks while it runs waits for one more run, which sees what has
 * changed meanwhile.
 */
export function createRepeater(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false

  async function runAll() {
    do {
      again = false
      await work()
    } while (again)
    running = null
  }

  return async () => {
    again = true
    running ??= runAll()
    return running
  }
}

/** Logs each finding when it comes up, and not again before it has gone. */
export function createTeller(log: Pick<FastifyBaseLogger, 'warn'>) {
  let told: ReadonlySet<string> = new Set()
  return (findings: readonly Finding[]) => {
    const sentences = new Map(findings.map((finding) => [sentenceOf(finding), finding]))
    for (const [sentence, finding] of sentences) {
      // Under names of their own: a line has a level and a service already.
      const { service: upstream, level: severity, ...rest } = finding
      if (!told.has(sentence))
        log.warn({ upstream, severity, ...rest }, `documentation: ${sentence}`)
    }
    told = new Set(sentences.keys())
  }
}

/** The combined document with all that is served of it; replaced as a whole. */
export interface Build {
  /** Where the documents are at fault, and where the table and they do not agree. */
  findings: readonly Finding[]
  json: Text
  /** Made when first asked for. */
  yaml: () => Promise<Text>
}

function buildOf(json: Text, findings: readonly Finding[], workshop: Workshop): Build {
  let yaml: Promise<Text> | undefined
  return {
    findings,
    json,
    async yaml() {
      yaml ??= workshop.run('yaml', json.packed)
      yaml.catch(() => {
        yaml = undefined
      })
      return yaml
    }
  }
}

/** Builds documents of a table, in the workshop but for the first. */
export function createBuilder(table: Table, options: Options, workshop: Workshop) {
  return {
    /** What the table alone says: small, and there at once. */
    skeleton(): Build {
      const { findings, ...json } = work.merge({ table, parts: [], options })
      return buildOf(json, findings, workshop)
    },
    /** Rejects where the result would not be valid, or takes more than it may. */
    async build(parts: readonly Part[]): Promise<Build> {
      const { findings, ...json } = await workshop.run('merge', { table, parts, options })
      return buildOf(json, findings, workshop)
    }
  }
}

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
