import type { Peer } from './peer.ts'

/** No gateway at all: what generator and upstream, together on one core, can do at most. */
export const direct: Peer = {
  name: 'direct',
  installed: () => true,
  start: async ({ upstreamPort }) => ({
    port: upstreamPort,
    peakMb: () => null,
    residentMb: () => null,
    cpuUs: () => null,
    stop: async () => {}
  })
}
