import { type Finding, sentenceOf } from '@gatehouse/openapi/findings'
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import type { Options } from '../openapi/merge.ts'
import type { Table } from '../route-table/types.ts'
import { type Build, jobs, type Part, type Text } from './merge-jobs.ts'
import { createMergeWorker, type MergeWorker } from './merge-worker.ts'
import { introduction } from './page.ts'
import { docsRoutes } from './routes.ts'
import { createSources, type SourceOptions } from './service-documents.ts'

/**
 * Runs `work` when asked, never twice at once: a caller that asks while it runs waits for one more run, which sees what has
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
export function createFindingLog(log: Pick<FastifyBaseLogger, 'warn'>) {
  let logged: ReadonlySet<string> = new Set()
  return (findings: readonly Finding[]) => {
    const sentences = new Map(findings.map((finding) => [sentenceOf(finding), finding]))
    for (const [sentence, finding] of sentences) {
      // Under names of their own: a line has a level and a service already.
      const { service: upstream, level: severity, ...rest } = finding
      if (!logged.has(sentence))
        log.warn({ upstream, severity, ...rest }, `documentation: ${sentence}`)
    }
    logged = new Set(sentences.keys())
  }
}

function buildOf(json: Text, findings: readonly Finding[], worker: MergeWorker): Build {
  let yaml: Promise<Text> | undefined
  return {
    findings,
    json,
    async yaml() {
      yaml ??= worker.run('yaml', json.packed)
      yaml.catch(() => {
        yaml = undefined
      })
      return yaml
    }
  }
}

interface BuilderDeps {
  table: Table
  options: Options
  worker: MergeWorker
  log: Pick<FastifyBaseLogger, 'error'>
  now: () => number
}

/** A build that failed may have taken 30 s of processor time: this keeps it under a twentieth of a core. */
const failurePauseMs = 600_000

/** Keeps the last good document of a table: at first what the table alone says, which is small and there at once. */
export function createBuilder({ table, options, worker, log, now }: BuilderDeps) {
  const { findings, ...json } = jobs.merge({ table, parts: [], options })
  let current = buildOf(json, findings, worker)
  let failure: Finding | null = null
  let buildAgainAt = 0

  /** Builds the document anew; says whether it is up to date. Never throws. */
  async function build(parts: readonly Part[]): Promise<boolean> {
    if (now() < buildAgainAt) return false
    try {
      const { findings, ...json } = await worker.run('merge', { table, parts, options })
      current = buildOf(json, findings, worker)
      failure = null
      return true
    } catch (err) {
      buildAgainAt = now() + failurePauseMs
      const message = `The combined document cannot be built, and the last good one stays. ${(err as Error).message}`
      failure = { service: 'gateway', pointer: '', message, level: 'error' }
      log.error({ err }, 'the combined document cannot be built; the last good one stays')
      return false
    }
  }

  return {
    build,
    current: () => current,
    findings: () => [...(failure ? [failure] : []), ...current.findings]
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

const detailOf = ({ service, pointer, message }: Finding) => ({ service, pointer, message })

/**
 * Keeps the combined document up to date. It is there from the start, made from the table alone; each
 * service's part comes with its first answer, and stays, marked as stale, while the service is away or answers
 * what cannot be used.
 */
export function createDocs(deps: Deps) {
  const { table, log, pollMs, demo, title = 'Gatehouse', enabled = true, now = Date.now } = deps
  const closing = new AbortController()
  const worker = createMergeWorker()
  const sources = createSources(deps, worker, closing.signal)
  const timers = new Map<string, NodeJS.Timeout>()
  const options = { title, description: introduction(table, { demo }) }
  const builder = createBuilder({ table, options, worker, log, now })
  const logNew = createFindingLog(log)
  let stopped = true
  let isDue = false
  const findings = () => [...sources.flatMap((source) => source.findings()), ...builder.findings()]

  const rebuild = createRepeater(async () => {
    if (closing.signal.aborted) return
    isDue = !(await builder.build(sources.flatMap((source) => source.current() ?? [])))
  })

  async function refresh(name?: string) {
    const asked = sources.filter((source) => name === undefined || source.name === name)
    const changed = await Promise.all(asked.map(async (source) => source.refresh()))
    if (isDue || changed.includes(true)) await rebuild()
    if (!closing.signal.aborted) logNew(findings())
  }

  async function poll(source: (typeof sources)[number]) {
    await refresh(source.name)
    if (stopped) return
    // A service that became ready meanwhile is asked apart; the last one keeps time for both.
    clearTimeout(timers.get(source.name))
    const pause = source.isUnsettled() ? Math.min(soonMs, pollMs) : pollMs
    const timer = setTimeout(() => void poll(source), pause * (0.9 + 0.2 * Math.random()))
    timers.set(source.name, timer.unref())
  }

  const docs = {
    current: builder.current,
    /** How each service's part stands. */
    parts: () => sources.map((source) => source.part()),
    /** What is wrong with what the services say of themselves now, and where the table and they differ. */
    findings,
    /** The first of them, for `/health/ready`. */
    details: () => ({ documentation: findings().slice(0, mostDetails).map(detailOf) }),
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
      worker.close()
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }
  const nothing: FastifyPluginAsync = async () => {}
  return { ...docs, plugin: enabled ? docsRoutes(docs, { title, table, demo }) : nothing }
}
