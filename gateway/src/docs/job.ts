import type { Table } from '../table/route.ts'
import type { Finding } from './finding.ts'
import type { Options } from './merge.ts'

/** A service's document as it came. */
export interface Part {
  name: string
  bytes: Uint8Array
  /** Since when (ISO 8601) the service could not be asked again; absent where it answers. */
  staleSince?: string
}

/** Bytes to serve, with their strong etag. */
export interface Text {
  bytes: Uint8Array
  etag: string
}

/** What is done away from the thread that forwards, by name: what it takes, and what it gives. */
export interface Jobs {
  /** Whether a document can be used at all, what is wrong with it, and the version that it names. */
  inspect: {
    takes: { table: Table; part: Part }
    gives: { usable: boolean; findings: readonly Finding[]; version: string | null }
  }
  merge: {
    takes: { table: Table; parts: readonly Part[]; options: Options }
    gives: Text & { findings: readonly Finding[] }
  }
  /** A document of JSON, written as YAML. */
  yaml: { takes: Uint8Array; gives: Text }
}

export type Name = keyof Jobs
