import { createHash } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { Service } from '../table/route.ts'
import { type Fetched, fetchDocument } from './fetch.ts'
import { objectIn } from './json.ts'
import type { Source } from './merge.ts'
import type { Part } from './page/page.ts'
import { refusalOf } from './usable.ts'

interface Log {
  warn: (fields: object, message: string) => void
}

interface Deps {
  service: Service & { openapi: string }
  dispatcher?: Dispatcher | undefined
  timeoutMs: number
  maxBytes: number
  log: Log
  now: () => number
  /** Ends what is under way when the process closes. */
  signal?: AbortSignal
}

interface Copy {
  document: unknown
  hash: string
  etag: string | null
}

/** Reads a document out of the bytes of an answer; throws in a few words where there is none. */
function parseDocument(bytes: Buffer): unknown {
  let document: unknown
  try {
    document = JSON.parse(bytes.toString())
  } catch {
    throw new Error('is not JSON')
  }
  const refusal = refusalOf(document)
  if (refusal) throw new Error(refusal.fault)
  return document
}

/** The copy that an answer makes: the one before, where its bytes are the same. */
function copyOf(fetched: Fetched, before: Copy | null): Copy | null {
  if (fetched === 'unchanged') return before
  const { bytes, etag } = fetched
  const hash = createHash('sha256').update(bytes).digest('base64url')
  const document = hash === before?.hash ? before.document : parseDocument(bytes)
  return { document, hash, etag }
}

function reasonOf(error: unknown): string {
  const { name, message, code } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError') return 'did not come in time'
  return code === undefined ? message : `could not be fetched (${code})`
}

/** Keeps the last good document of one service, and since when the service has not given it again. */
export function createSource(deps: Deps) {
  const { service, dispatcher, timeoutMs, maxBytes, log, now, signal } = deps
  const url = service.origin + service.openapi
  let good: Copy | null = null
  let pending: string | null = null
  let staleSince: string | null = null
  let readAt: string | null = null
  let failure: string | null = null

  /** In the middle of a deployment two versions answer by turns: another document counts once it came twice. */
  function isSettled(copy: Copy): boolean {
    if (good === null || staleSince !== null || pending === copy.hash) return true
    pending = copy.hash
    return false
  }

  function succeed(copy: Copy | null): boolean {
    const changed = copy?.hash !== good?.hash
    if (changed && copy !== null && !isSettled(copy)) return false
    const recovered = staleSince !== null
    readAt = new Date(now()).toISOString()
    pending = null
    staleSince = null
    failure = null
    good = copy
    return changed || recovered
  }

  function fail(error: unknown): boolean {
    const reason = reasonOf(error)
    const fields = { service: service.name, reason }
    if (reason !== failure) log.warn(fields, `the OpenAPI document of ${service.name} ${reason}`)
    failure = reason
    pending = null
    if (good === null || staleSince !== null) return false
    staleSince = new Date(now()).toISOString()
    return true
  }

  return {
    name: service.name,
    /** The last good document; null before the first. */
    current(): Source | null {
      return good && { document: good.document, ...(staleSince && { staleSince }) }
    },
    /** How the service's part stands, for whoever reads the page. */
    part(): Part {
      const { version } = objectIn(objectIn(good?.document).info)
      const known = typeof version === 'string' ? version : null
      return { name: service.name, version: known, read_at: readAt, stale_since: staleSince }
    },
    /** Whether the service should be asked again soon: it has no document yet, or another one than before. */
    isUnsettled: () => good === null || staleSince !== null || pending !== null,
    /** Asks the service again; says whether `current()` has changed. Never throws. */
    async refresh(): Promise<boolean> {
      const etag = good?.etag ?? null
      try {
        const fetched = await fetchDocument({ url, etag, timeoutMs, maxBytes, dispatcher, signal })
        return succeed(copyOf(fetched, good))
      } catch (error) {
        return signal?.aborted ? false : fail(error)
      }
    }
  }
}
