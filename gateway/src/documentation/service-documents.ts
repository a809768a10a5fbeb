import type { Finding } from '@gatehouse/openapi/findings'
import type { Dispatcher } from 'undici'
import type { Service, Table } from '../route-table/types.ts'
import { type Document, fetchDocument, maxDocumentBytes, reasonOf } from './fetch-document.ts'
import type { Workshop } from './merge-worker.ts'
import type { Part as Standing } from './routes.ts'
import type { Arrival, Jobs, Part } from './work.ts'

interface Deps {
  service: Service & { openapi: string }
  dispatcher?: Dispatcher | undefined
  timeoutMs: number
  maxBytes: number
  now: () => number
  /** What is wrong with a document, and what to keep of it. */
  inspect: (arrival: Arrival) => Promise<Jobs['inspect']['gives']>
  /** Ends what is under way when the process closes. */
  signal?: AbortSignal
}

interface Copy {
  packed: Uint8Array
  hash: string
  etag: string | null
  /** Whether nothing is wrong with it. */
  sound: boolean
  /** The version that it names. */
  version: string | null
}

function failureOf(service: string, error: unknown): Finding {
  return { service, pointer: '', fault: reasonOf(error), level: 'error' }
}

/** Keeps the last good document of one service, and since when the service has not given it again. */
export function createSource(deps: Deps) {
  const { service, dispatcher, timeoutMs, maxBytes, now, signal, inspect } = deps
  const url = service.origin + service.openapi
  let good: Copy | null = null
  let refused: { hash: string; errors: readonly Finding[] } | null = null
  let pending: string | null = null
  let staleSince: string | null = null
  let readAt: string | null = null
  let findings: readonly Finding[] = []
  let asking: Promise<boolean> | null = null

  /** In the middle of a deployment two versions answer by turns: another document counts once it came twice. */
  function isSettled(hash: string): boolean {
    if (good === null || staleSince !== null || pending === hash) return true
    pending = hash
    return false
  }

  function succeed(copy: Copy | null): boolean {
    const changed = copy?.hash !== good?.hash
    const recovered = staleSince !== null
    pending = null
    refused = null
    staleSince = null
    readAt = new Date(now()).toISOString()
    findings = []
    good = copy
    return changed || recovered
  }

  function fail(faults: readonly Finding[]): boolean {
    findings = faults
    pending = null
    if (good === null || staleSince !== null) return false
    staleSince = new Date(now()).toISOString()
    return true
  }

  /** Takes a document that is sound, and one with faults where there is none that is. */
  async function judge({ pieces, hash, etag }: Document): Promise<boolean> {
    const { packed, version, findings: all } = await inspect({ name: service.name, pieces })
    const errors = all.filter(({ level }) => level === 'error')
    const sound = errors.length === 0
    if (packed !== null && (sound || good?.sound !== true)) {
      return isSettled(hash) ? succeed({ packed, hash, etag, sound, version }) : false
    }
    refused = { hash, errors }
    return fail(errors)
  }

  async function ask(): Promise<boolean> {
    const etag = good?.etag ?? null
    try {
      const fetched = await fetchDocument({ url, etag, timeoutMs, maxBytes, dispatcher, signal })
      if (fetched === 'unchanged') return succeed(good)
      const { hash } = fetched
      if (good !== null && hash === good.hash) return succeed({ ...good, etag: fetched.etag })
      if (hash === refused?.hash) return fail(refused.errors)
      return await judge(fetched)
    } catch (error) {
      return signal?.aborted ? false : fail([failureOf(service.name, error)])
    }
  }

  return {
    name: service.name,
    /** The last good document; null before the first. */
    current(): Part | null {
      return good && { name: service.name, packed: good.packed, ...(staleSince && { staleSince }) }
    },
    /** How the service's part stands, for whoever reads the page. */
    part(): Standing {
      const version = good?.version ?? null
      return { name: service.name, version, read_at: readAt, stale_since: staleSince }
    },
    /** Why the document that the service has now is not taken; nothing where it is. */
    findings: () => findings,
    /** Whether the service should be asked again soon: it has no document yet, or another one than before. */
    isUnsettled: () => good === null || staleSince !== null || pending !== null,
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
export function createSources(deps: SourcesDeps, workshop: Workshop, signal: AbortSignal) {
  const { table, dispatcherFor, timeoutMs = 2000, maxBytes = maxDocumentBytes, now } = deps
  return table.services.filter(hasDocument).map((service) =>
    createSource({
      service,
      dispatcher: dispatcherFor?.(service),
      timeoutMs,
      maxBytes,
      now: now ?? Date.now,
      inspect: async (arrival) => workshop.run('inspect', { table, arrival }),
      signal
    })
  )
}
