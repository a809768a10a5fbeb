import type { Finding } from '@gatehouse/openapi/findings'
import type { Dispatcher } from 'undici'
import type { Service, Table } from '../route-table/types.ts'
import {
  fetchDocument,
  maxDocumentBytes,
  reasonOf,
  type WholeDocument,
  withFetchedFiles
} from './fetch-document.ts'
import type { Arrival, Jobs, Part } from './merge-jobs.ts'
import type { MergeWorker } from './merge-worker.ts'

/** What the gateway knows of one service's part of the document. */
export interface PublishedPart {
  name: string
  /** The version that the service's document names; null before the first was read. */
  version: string | null
  /** When it was last read (ISO 8601), and since when it could not be; null where it was not, or could. */
  read_at: string | null
  stale_since: string | null
}

interface Deps {
  service: Service & { openapi: string }
  dispatcher?: Dispatcher | undefined
  timeoutMs: number
  maxBytes: number
  now: () => number
  /** Checks a document, and gives what to keep of it. */
  inspect: (arrival: Arrival) => Promise<Jobs['inspect']['output']>
  /** Processor time of an inspection that was cancelled, in milliseconds. */
  cpuLimitMs?: number
  /** Ends what is under way when the process closes. */
  signal?: AbortSignal
}

interface Copy {
  packed: Uint8Array
  hash: string
  etag: string | null
  /** Whether it has no errors. */
  sound: boolean
  /** The version that it names. */
  version: string | null
  warnings: readonly Finding[]
}

/** So many different documents in a row, none of them twice, are no deployment: the newest is taken. */
const maxUnsettled = 3
/** Files may refer to files. */
const maxRounds = 3
/** After an inspection of 100 ms or more comes a pause: polled every 2 s, a service gets a twentieth of a core. */
const costlyMs = 100
const pauseFactor = 20

interface InspectDeps {
  name: string
  inspect: Deps['inspect']
  limits: Parameters<typeof withFetchedFiles>[2]
}

/** What is known of the document of one service, and what each answer of the service makes of it. */
function createState(service: string, now: () => number) {
  const state = {
    good: null as Copy | null,
    rejected: null as { hash: string; errors: readonly Finding[] } | null,
    pending: null as Copy | null,
    staleSince: null as string | null,
    readAt: null as string | null,
    findings: [] as readonly Finding[]
  }
  let unsettled = 0

  function succeed(copy: Copy | null): boolean {
    const changed = copy?.hash !== state.good?.hash || state.staleSince !== null
    const readAt = new Date(now()).toISOString()
    const findings = copy?.warnings ?? []
    Object.assign(state, { good: copy, readAt, findings })
    Object.assign(state, { pending: null, rejected: null, staleSince: null })
    return changed
  }

  /** Takes a document that was there before, or comes twice in a row. */
  function settle(copy: Copy | null): boolean {
    unsettled = 0
    return succeed(copy)
  }

  function fail(errors: readonly Finding[]): boolean {
    Object.assign(state, { findings: errors, pending: null })
    if (state.good === null || state.staleSince !== null) return false
    state.staleSince = new Date(now()).toISOString()
    return true
  }

  function reject(hash: string, errors: readonly Finding[]): boolean {
    state.rejected = { hash, errors }
    return fail(errors)
  }

  /** In the middle of a deployment two versions answer by turns: another document counts once it came twice. */
  function take(copy: Copy): boolean {
    if (state.good === null || state.staleSince !== null) return succeed(copy)
    unsettled += 1
    if (unsettled < maxUnsettled) {
      state.pending = copy
      return false
    }
    const message =
      'The document differs each time it is read; the newest is shown. Serve the same text until it changes.'
    return succeed({ ...copy, warnings: [{ service, pointer: '', message, level: 'warning' }] })
  }

  return { state, settle, fail, reject, take }
}

/** Inspects a document, and again with the files that it turns out to refer to. */
async function inspectWhole(document: WholeDocument, { name, inspect, limits }: InspectDeps) {
  let whole = document
  let inspected = await inspect({ name, ...whole })
  for (let round = 0; round < maxRounds && inspected.missing?.length > 0; round += 1) {
    const paths = [...whole.files.map(({ path }) => path), ...inspected.missing]
    const more = await withFetchedFiles(document, paths, limits)
    if (more.files.length === whole.files.length) break
    whole = more
    const { cpuMs } = inspected
    inspected = await inspect({ name, ...whole })
    inspected.cpuMs += cpuMs
  }
  return { inspected, whole }
}

/** Keeps the last good document of one service, and since when the service has not given it again. */
export function createSource(deps: Deps) {
  const { service, now, signal, inspect, cpuLimitMs = 30_000 } = deps
  const limits = { ...deps, url: service.origin + service.openapi, etag: null }
  const { state, settle, fail, reject, take } = createState(service.name, now)
  /** The paths of the files that the last document referred to. */
  let beside: string[] = []
  let inspectAgainAt = 0
  let asking: Promise<boolean> | null = null

  const errorOf = (error: unknown): Finding => {
    return { service: service.name, pointer: '', message: reasonOf(error), level: 'error' }
  }

  /** Takes a document without errors, and one with errors where there is none without. */
  async function judge(document: WholeDocument): Promise<boolean> {
    if (now() < inspectAgainAt) return false
    let spentMs = cpuLimitMs
    let { hash } = document
    try {
      const { inspected, whole } = await inspectWhole(document, {
        name: service.name,
        inspect,
        limits
      })
      beside = whole.files.map(({ path }) => path)
      hash = whole.hash
      const { packed, version, findings: all } = inspected
      spentMs = inspected.cpuMs
      const errors = all.filter(({ level }) => level === 'error')
      const sound = errors.length === 0
      if (packed === null || !(sound || state.good?.sound !== true)) return reject(hash, errors)
      return take({ packed, hash, etag: whole.etag, sound, version, warnings: [] })
    } catch (error) {
      if (signal?.aborted) return false
      // Whatever it was, the same document would fail the same way.
      return reject(hash, [errorOf(error)])
    } finally {
      if (spentMs >= costlyMs) inspectAgainAt = now() + pauseFactor * spentMs
    }
  }

  async function ask(): Promise<boolean> {
    const etag = state.good?.etag ?? null
    try {
      const only = await fetchDocument({ ...limits, etag })
      if (only === 'unchanged') return settle(state.good)
      const fetched = await withFetchedFiles(only, beside, limits)
      const { hash } = fetched
      const { good, pending, rejected } = state
      if (good !== null && hash === good.hash) return settle({ ...good, etag: fetched.etag })
      if (pending !== null && hash === pending.hash) return settle(pending)
      if (hash === rejected?.hash) return fail(rejected.errors)
      return await judge(fetched)
    } catch (error) {
      return signal?.aborted ? false : fail([errorOf(error)])
    }
  }

  return {
    name: service.name,
    /** The last good document; null before the first. */
    current(): Part | null {
      const { good, staleSince } = state
      return good && { name: service.name, packed: good.packed, ...(staleSince && { staleSince }) }
    },
    /** How the service's part stands, for a reader of the page. */
    part(): PublishedPart {
      const { good, readAt, staleSince } = state
      const version = good?.version ?? null
      return { name: service.name, version, read_at: readAt, stale_since: staleSince }
    },
    /** Why the document that the service has now is not taken; nothing where it is. */
    findings: () => state.findings,
    /** Whether the service should be asked again soon: it has no document yet, or another one than before. */
    isUnsettled: () => state.good === null || state.staleSince !== null || state.pending !== null,
    /** Asks the service again, once at a time; says whether `current()` has changed. Never throws. */
    async refresh(): Promise<boolean> {
      asking ??= ask().finally(() => {
        asking = null
      })
      return asking
    }
  }
}

export interface SourceOptions {
  /** The undici dispatcher to ask a service with; without it, undici's own. */
  dispatcherFor?: (service: Service) => Dispatcher
  timeoutMs?: number
  maxBytes?: number
  now?: () => number
}

type SourcesDeps = SourceOptions & { table: Table }

const hasDocument = (service: Service): service is Service & { openapi: string } =>
  service.openapi !== null

/** A source for each service that describes itself. */
export function createSources(deps: SourcesDeps, worker: MergeWorker, signal: AbortSignal) {
  const { table, dispatcherFor, timeoutMs = 2000, maxBytes = maxDocumentBytes, now } = deps
  return table.services.filter(hasDocument).map((service) =>
    createSource({
      service,
      dispatcher: dispatcherFor?.(service),
      timeoutMs,
      maxBytes,
      now: now ?? Date.now,
      inspect: async (arrival) => worker.run('inspect', { table, arrival }),
      cpuLimitMs: worker.cpuLimitMs,
      signal
    })
  )
}
