import { createHash } from 'node:crypto'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { stringify } from 'yaml'
import type { Table } from '../table/route.ts'
import { createFindings } from './finding.ts'
import type { Jobs, Name, Text } from './job.ts'
import { isObject, objectIn } from './json.ts'
import { merge, type Source } from './merge.ts'
import { refusalOf } from './usable.ts'
import { validate } from './validate.ts'

type Work = { [N in Name]: (taken: Jobs[N]['takes']) => Jobs[N]['gives'] }

const decoder = new TextDecoder()

function render(text: string): Text {
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 27)
  return { packed: zstdCompressSync(text), etag: `"${hash}"` }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
}

const unpacked = (packed: Uint8Array): unknown =>
  JSON.parse(decoder.decode(zstdDecompressSync(packed)))

/** Merges a document with no other: what fails then is the fault of nobody else. */
function tryAlone(table: Table, name: string, document: unknown): string | null {
  try {
    merge(table, new Map([[name, { document }]]), { title: '' })
    return null
  } catch (error) {
    return `cannot be merged: ${(error as Error).message}`
  }
}

function inspect({ table, arrival }: Jobs['inspect']['takes']): Jobs['inspect']['gives'] {
  const { name, pieces } = arrival
  const { report, all } = createFindings(name)
  const bytes = Buffer.concat(pieces)
  const document = parsed(bytes)
  const refusal =
    document === undefined ? { trail: null, fault: 'is not JSON' } : refusalOf(document)
  if (refusal !== null) report('error', refusal.trail, refusal.fault)
  if (refusal !== null || !isObject(document))
    return { packed: null, findings: all(), version: null }
  validate(document, report)
  const fault = tryAlone(table, name, document)
  if (fault !== null) report('error', null, fault)
  const { version } = objectIn(document.info)
  return {
    packed: fault === null ? zstdCompressSync(bytes) : null,
    findings: all(),
    version: typeof version === 'string' ? version : null
  }
}

function mergeParts({ table, parts, options }: Jobs['merge']['takes']): Jobs['merge']['gives'] {
  const sources = parts.map(({ name, packed, staleSince }): [string, Source] => {
    const document = unpacked(packed)
    return [name, { document, ...(staleSince !== undefined && { staleSince }) }]
  })
  const { document, findings } = merge(table, new Map(sources), options)
  return { ...render(JSON.stringify(document)), findings }
}

function yaml(packed: Uint8Array): Text {
  const document = unpacked(packed)
  // No anchors: many readers of OpenAPI do not know them. YAML 1.1 readers take `no` for false.
  return render(
    stringify(document, { aliasDuplicateObjects: false, compat: 'yaml-1.1', lineWidth: 0 })
  )
}

/** What the worker does, each from what it is given alone. */
export const work: Work = { inspect, merge: mergeParts, yaml }
