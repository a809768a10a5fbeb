import type { Table } from '../table/route.ts'
import { assemble } from './assemble.ts'
import { checkResult } from './check-result.ts'
import { isObject, type Json, listIn, objectIn } from './json.ts'
import { normalise } from './normalise.ts'
import { prune } from './prune.ts'
import { select } from './select.ts'
import { operationsOf, type SourceOperation } from './source-operations.ts'
import { refusalOf } from './usable.ts'

/** What a service said about itself. */
export interface Source {
  document: unknown
  /** Since when (ISO 8601) the service could not be asked again; absent where it answers. */
  staleSince?: string
}

export interface Options {
  title: string
  version?: string
  description?: string
}

/** A service's document, checked and normalised. */
export interface Described {
  document: Json
  operations: readonly SourceOperation[]
}

type Sources = ReadonlyMap<string, Source>

function describe(table: Table, sources: Sources, drift: string[]) {
  const described = new Map<string, Described>()
  for (const { name, openapi } of table.services) {
    const source = sources.get(name)
    if (openapi === null || source === undefined) continue
    const { document } = source
    const refusal = refusalOf(document)
    if (refusal !== null) drift.push(`${name}: its document ${refusal}`)
    if (refusal !== null || !isObject(document)) continue
    const normal = normalise(document, { report: (problem) => drift.push(`${name}: ${problem}`) })
    described.set(name, { document: normal, operations: operationsOf(normal) })
  }
  return described
}

/** What a service is for: its own tag says it, or its document as a whole. */
function descriptionOf(name: string, document: Json | undefined): string {
  const tags = listIn(document?.tags).map(objectIn)
  const tag = tags.find((tag) => String(tag.name).toLowerCase() === name.toLowerCase())
  return String(objectIn(document?.info).description || tag?.description || '')
}

function tagsOf(table: Table, described: ReadonlyMap<string, Described>, sources: Sources): Json[] {
  return table.services.map(({ name }) => {
    const since = sources.get(name)?.staleSince
    const description = [
      descriptionOf(name, described.get(name)?.document),
      since && `The service has not answered since ${since}: this is its last good description.`
    ]
    const text = description.filter(Boolean).join('\n\n')
    return { name, ...(text !== '' && { description: text }) }
  })
}

function staleness(sources: Sources): Json {
  const stale = [...sources].flatMap(([name, { staleSince }]) =>
    staleSince === undefined ? [] : [[name, staleSince] as const]
  )
  return stale.length === 0 ? {} : { 'x-stale-since': Object.fromEntries(stale) }
}

/**
 * One OpenAPI 3.1 document of the public API: the table decides what is in it, the services' documents
 * describe it. `drift` tells where the two do not agree. A document that is not usable is left out whole and
 * named there. Throws where the result would not be valid, which is a bug and no fault of a service.
 */
export function combine(table: Table, sources: Sources, options: Options) {
  const drift: string[] = []
  const described = describe(table, sources, drift)
  const operations = new Map([...described].map(([name, entry]) => [name, entry.operations]))
  const selected = select(table, operations)
  const { paths, components } = assemble(selected.published, described)
  const document = prune({
    openapi: '3.1.0',
    info: {
      title: options.title,
      version: options.version ?? '1',
      ...(options.description && { description: options.description })
    },
    servers: [{ url: '/' }],
    tags: tagsOf(table, described, sources),
    paths,
    components,
    ...staleness(sources)
  })
  checkResult(document)
  return { document, drift: [...new Set([...drift, ...selected.drift])] }
}
