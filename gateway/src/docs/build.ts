import type { Table } from '../table/route.ts'
import type { Finding } from './finding.ts'
import type { Part, Text } from './job.ts'
import type { Json } from './json.ts'
import type { Options } from './merge.ts'
import { work } from './work.ts'
import type { Workshop } from './workshop.ts'

/** Bytes to serve, with their strong etag. */
export interface Rendered {
  bytes: Buffer
  etag: string
}

/** The combined document with all that is served of it; replaced as a whole. */
export interface Build {
  /** Read anew each time: nothing but the bytes is kept. */
  readonly document: Json
  /** Where the documents are at fault, and where the table and they do not agree. */
  findings: readonly Finding[]
  json: Rendered
  /** Made when first asked for. */
  yaml: () => Promise<Rendered>
}

function servable({ bytes, etag }: Text): Rendered {
  return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), etag }
}

function buildOf(text: Text & { findings: readonly Finding[] }, workshop: Workshop): Build {
  const json = servable(text)
  let yaml: Promise<Rendered> | undefined
  return {
    get document() {
      return JSON.parse(json.bytes.toString()) as Json
    },
    findings: text.findings,
    json,
    async yaml() {
      yaml ??= workshop.run('yaml', json.bytes).then(servable)
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
    skeleton: () => buildOf(work.merge({ table, parts: [], options }), workshop),
    /** Rejects where the result would not be valid, or takes more than it may. */
    async build(parts: readonly Part[]): Promise<Build> {
      return buildOf(await workshop.run('merge', { table, parts, options }), workshop)
    }
  }
}
