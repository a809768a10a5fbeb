import type { Table } from '../table/route.ts'
import { assemble } from './assemble.ts'
import { checkResult } from './check-result.ts'
import { createFindings, type Finding } from './finding.ts'
import { isObject, type Json, listIn, objectIn } from './json.ts'
import { prune } from './prune.ts'
import { select } from './select.ts'
import { operationsOf, type SourceOperation } from './source-operations.ts'
import { refusalOf } from './usable.ts'
import { validate } from './validate.ts'

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

/** A service's document, as it came, and its operations. */
export interface Described {
  document: Json
  operations: readonly SourceOperation[]
}

type Sources = ReadonlyMap<string, Source>

/** The documents that can be used, and what is wrong with them and with the others. */
export function describe(table: Table, sources: Sources) {
  const described = new Map<string, Described>()
  const findings = table.services.flatMap(({ name, openapi }): Finding[] => {
    const source = sources.get(name)
    if (openapi === null || source === undefined) return []
    const { report, all } = createFindings(name)
    const { document } = source
    const refusal = refusalOf(document)
    if (refusal !== null) report('error', refusal.trail, refusal.fault)
    else if (isObject(document)) {
      validate(document, report)
      described.set(name, { document, operations: operationsOf(document) })
    }
    return all()
  })
  return { described, findings }
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

function infoOf({ title, version = '1', description }: Options): Json {
  return {
    title,
    version,
    ...(description && { description }),
    contact: { name: title },
    license: { name: 'MIT', identifier: 'MIT' }
  }
}

/** The prefixes under which the paths exist as well, for programs. */
function aliasesOf({ aliases }: Table): Json {
  if (aliases.length === 0) return {}
  return { 'x-aliases': Object.fromEntries(aliases.map(({ from, to }) => [from, to])) }
}

/** What comes of the table and the services' documents. */
export interface Merged {
  /** OpenAPI 3.1; made anew, and nobody else's. */
  document: Json
  /** Where the services' documents are at fault, and where the table and they do not agree. */
  findings: readonly Finding[]
}

/**
 * One OpenAPI 3.1 document of the public API: the table decides what is in it, the services' documents (by the
 * service's name, as parsed from JSON) describe it. Of a document with faults the rest is used; one that is not
 * OpenAPI at all is left out whole. Throws where the result would not be valid, which is a bug and no fault of a
 * service.
 */
export function merge(table: Table, sources: Sources, options: Options): Merged {
  const { described, findings } = describe(table, sources)
  const operations = new Map([...described].map(([name, entry]) => [name, entry.operations]))
  const selected = select(table, operations)
  const { paths, components } = assemble(selected.published, described)
  const document = prune({
    openapi: '3.1.0',
    info: infoOf(options),
    servers: [{ url: '/', 'x-internal': false }],
    tags: tagsOf(table, described, sources),
    paths,
    components,
    ...aliasesOf(table),
    ...staleness(sources)
  })
  checkResult(document)
  return { document, findings: [...findings, ...selected.drift] }
}
