import { startServer } from '../pinned.ts'
import type { Peer } from './peer.ts'

function expressWith(name: string, keepAlive: string): Peer {
  return {
    name,
    installed: () => true,
    async start({ core, upstreamPort, nodeOptions, log }) {
      const program = `${import.meta.dirname}/express-server.js`
      const upstream = { UPSTREAM: `http://127.0.0.1:${upstreamPort}` }
      const env = { ...upstream, KEEP_ALIVE: keepAlive, LOG: log ?? '' }
      return await startServer(core, [process.execPath, ...nodeOptions, program], { env, log })
    }
  }
}

/** Express with http-proxy-middleware as it comes, which checks nothing; morgan where an access log is asked for. */
export const express = expressWith('express', '')

/** The same with connections that are kept. */
export const expressKept = expressWith('express-kept', 'yes')
