import type { Running } from '../pinned.ts'

/** Where a peer is started, and what it stands before. */
export interface Place {
  core: number
  upstreamPort: number
  /** Options of Node for the measured process: `--cpu-prof`. */
  nodeOptions: string[]
}

/** One row of the table: something that answers the same requests from the same upstream. */
export interface Peer {
  name: string
  start: (place: Place) => Promise<Running>
}
