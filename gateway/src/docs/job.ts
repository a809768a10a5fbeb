import type { Table } from '../table/route.ts'
import type { Finding } from './finding.ts'
import type { Options } from './merge.ts'

/** A service's document as it came, piece by piece. */
export interface Arrival {
  name: string
  pieces: readonly Uint8Array[]
}

/** A service's document as it is kept: as it came, but compressed (zstd). */
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

/** What is done in another process than the one that forwards, by name: what it takes, and what it gives. */
export interface Jobs {
  /** What is wrong with a document, the version that it names, and the document to keep: null where it cannot be used at all. */
  inspect: {
    takes: { table: Table; arrival: Arrival }
    gives: { packed: Uint8Array | null; findings: readonly Finding[]; version: string | null }
  }
  merge: {
    takes: { table: Table; parts: readonly Part[]; options: Options }
    gives: Text & { findings: readonly Finding[] }
  }
  /** A packed document of JSON, written as YAML. */
  yaml: { takes: Uint8Array; gives: Text }
}

export type Name = keyof Jobs
