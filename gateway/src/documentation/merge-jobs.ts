import { createHash } from 'node:crypto'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { withFiles } from '@gatehouse/openapi/files'
import { createFindings, type Finding, type Trail } from '@gatehouse/openapi/findings'
import { isObject, objectIn, parseJson, writeJson } from '@gatehouse/openapi/json'
import { refusalOf, validate } from '@gatehouse/openapi/validate'
import { Document, parse, visit } from 'yaml'
import { merge, type Options, type Source } from '../openapi/merge.ts'
import type { Table } from '../route-table/types.ts'

/** A service's document as it came. */
export interface Arrival {
  name: string
  bytes: Uint8Array
  /** Whether its media type lets it be YAML. */
  yaml?: boolean
  /** The files beside it, by their paths on its host. */
  files?: readonly { path: string; bytes: Uint8Array; yaml: boolean }[]
}

/** A service's document as it is kept: JSON, compressed (zstd). */
export interface Part {
  name: string
  packed: Uint8Array
  /** Since when (ISO 8601) the service could not be asked again; absent where it answers. */
  staleSince?: string
}

/** A text to serve, compressed (zstd, RFC 8878) as it is kept for long, with the strong etag of its plain form. */
export interface Text {
  packed: Uint8Array
  etag: string
}

/** What runs in another thread than the one that forwards, by name. */
export interface Jobs {
  /** Checks a document. `packed` is null where it cannot be used at all; `version` is what it names; `cpuMs` is the processor time. */
  inspect: {
    input: { table: Table; arrival: Arrival }
    output: {
      packed: Uint8Array | null
      findings: readonly Finding[]
      version: string | null
      /** The paths of files that it refers to and that did not come with it. */
      missing: readonly string[]
      cpuMs: number
    }
  }
  merge: {
    input: { table: Table; parts: readonly Part[]; options: Options }
    output: Text & { findings: readonly Finding[] }
  }
  /** A packed document of JSON, written as YAML. */
  yaml: { input: Uint8Array; output: Text }
}

export type Name = keyof Jobs

type Handlers = { [N in Name]: (input: Jobs[N]['input']) => Jobs[N]['output'] }

const decoder = new TextDecoder()

function render(text: string): Text {
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 27)
  return { packed: zstdCompressSync(text), etag: `"${hash}"` }
}

/** Numbers that a double holds; the others stay exact. */
const narrowed = (_: unknown, value: unknown) =>
  typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value

/** The text of a document as a value; throws in a few words where it is neither JSON nor, where it may be, YAML. */
export function parsed(text: string, yaml: boolean): unknown {
  try {
    return parseJson(text)
  } catch {
    if (!yaml || text.trim() === '')
      throw new Error('The document is not JSON. Serve JSON, or YAML as application/yaml.')
  }
  try {
    return parse(text, narrowed, { intAsBigInt: true, logLevel: 'silent' })
  } catch {
    throw new Error('The document is neither JSON nor YAML. Correct it.')
  }
}

const unpacked = (packed: Uint8Array): unknown =>
  parseJson(decoder.decode(zstdDecompressSync(packed)))

/** Merges a document with no other: what fails then fails because of this one. */
function tryAlone(table: Table, name: string, document: unknown): string | null {
  try {
    merge(table, new Map([[name, { document }]]), { title: '' })
    return null
  } catch (error) {
    return `The document cannot be merged: ${(error as Error).message}. Report this as a bug of the gateway.`
  }
}

/** Processor time of this thread so far, in milliseconds. */
const cpuMs = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** What a file beside a document holds; nothing where it cannot be read. */
function fileIn({ bytes, yaml }: { bytes: Uint8Array; yaml: boolean }): unknown {
  try {
    return parsed(decoder.decode(bytes), yaml)
  } catch {
    return undefined
  }
}

function checked({ name, bytes, yaml = false, files = [] }: Arrival, table: Table) {
  const { report, all } = createFindings(name)
  const refuse = (trail: Trail, message: string) => {
    report('error', trail, message)
    return { packed: null, findings: all(), version: null, missing: [] }
  }
  const text = decoder.decode(bytes)
  let document: unknown
  let json = text
  try {
    document = parsed(text, yaml)
    if (yaml) json = writeJson(document)
  } catch (error) {
    return refuse(null, (error as Error).message)
  }
  const refusal = refusalOf(document)
  if (refusal !== null || !isObject(document))
    return refuse(
      refusal?.trail ?? null,
      refusal?.message ?? 'The document is not a JSON object. Serve an OpenAPI document.'
    )
  const location = table.services.find((service) => service.name === name)?.openapi ?? '/'
  const parsedFiles = new Map(files.map((file) => [file.path, fileIn(file)]))
  const bundled = withFiles(document, location, parsedFiles)
  if (files.length > 0) json = writeJson(bundled.document)
  validate(bundled.document, report)
  const message = tryAlone(table, name, bundled.document)
  if (message !== null) report('error', null, message)
  const { version } = objectIn(document.info)
  return {
    packed: message === null ? zstdCompressSync(json) : null,
    findings: all(),
    version: typeof version === 'string' ? version : null,
    missing: bundled.missing
  }
}

function inspect({ table, arrival }: Jobs['inspect']['input']): Jobs['inspect']['output'] {
  const before = cpuMs()
  const output = checked(arrival, table)
  return { ...output, cpuMs: cpuMs() - before }
}

function mergeParts({ table, parts, options }: Jobs['merge']['input']): Jobs['merge']['output'] {
  const sources = parts.map(({ name, packed, staleSince }): [string, Source] => {
    const document = unpacked(packed)
    return [name, { document, ...(staleSince !== undefined && { staleSince }) }]
  })
  const { document, findings } = merge(table, new Map(sources), options)
  return { ...render(writeJson(document)), findings }
}

/** What YAML 1.1 takes for a line break, or does not take at all. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/
const escapedIn = (text: string) =>
  text.replaceAll(new RegExp(unprintable, 'g'), (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
/** Plain scalars with a meaning in YAML 1.1 that the library does not quote: the types `value` and `merge`. */
const special = new Set(['=', '<<'])

/** A packed document as YAML that readers of 1.1 and 1.2 read alike. */
function yaml(packed: Uint8Array): Text {
  // No anchors: many readers of OpenAPI do not know them. YAML 1.1 readers take `no` for false.
  const document = new Document(unpacked(packed), {
    aliasDuplicateObjects: false,
    compat: 'yaml-1.1'
  })
  visit(document, {
    Scalar(_, scalar) {
      const { value } = scalar
      if (typeof value === 'string' && (special.has(value) || unprintable.test(value)))
        scalar.type = 'QUOTE_DOUBLE'
    }
  })
  return render(escapedIn(document.toString({ lineWidth: 0 })))
}

/** The jobs of the worker; each depends on its input alone. */
export const jobs: Handlers = { inspect, merge: mergeParts, yaml }

/** The combined document with all that is served of it; replaced as a whole. */
export interface Build {
  /** Where the documents have errors, and where they do not agree with the table. */
  findings: readonly Finding[]
  json: Text
  /** Made when first asked for. */
  yaml: () => Promise<Text>
}
