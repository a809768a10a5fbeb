import { startServer } from '../pinned.ts'
import type { Peer } from './peer.ts'

/** Express with http-proxy-middleware, which checks nothing; morgan where an access log is asked for. */
export const express: Peer = {
  name: 'express',
  installed: () => true,
  async start({ core, upstreamPort, nodeOptions, log }) {
    const program = `${import.meta.dirname}/express-server.js`
    const env = { UPSTREAM: `http://127.0.0.1:${upstreamPort}`, LOG: log ?? '' }
    return await startServer(core, [process.execPath, ...nodeOptions, program], { env, log })
  }
}
