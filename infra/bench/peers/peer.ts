import type { Running } from '../pinned.ts'

/** Where a peer is started, and what it stands before. */
export interface Place {
  core: number
  upstreamPort: number
  /** Options of Node for the measured process: `--cpu-prof`. */
  nodeOptions: string[]
  /** For its files; gone when the bench ends. */
  folder: string
  /** The file its access log goes to; null where it writes none. */
  log: string | null
}

/** One row of the table: something that answers the same requests from the same upstream. */
export interface Peer {
  name: string
  /** Whether it can be started here. */
  installed: () => boolean
  start: (place: Place) => Promise<Running>
}
