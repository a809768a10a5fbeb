import type { Dispatcher } from 'undici'
import type { Service, Table } from '../table/route.ts'
import { maxDocumentBytes } from './fetch.ts'
import { createSource } from './source.ts'
import type { Workshop } from './workshop.ts'

export interface SourceOptions {
  /** The undici dispatcher to ask a service with; without it, undici's own. */
  dispatcherFor?: (service: Service) => Dispatcher
  timeoutMs?: number
  maxBytes?: number
  now?: () => number
}

type Deps = SourceOptions & { table: Table }

const hasDocument = (service: Service): service is Service & { openapi: string } =>
  service.openapi !== null

/** A source for each service that describes itself. */
export function createSources(deps: Deps, workshop: Workshop, signal: AbortSignal) {
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
