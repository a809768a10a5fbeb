import { startServer } from '../pinned.ts'
import { jwtSecret } from '../token.ts'
import type { Peer } from './peer.ts'

/** @fastify/http-proxy with @fastify/jwt, and nothing else: the yardstick. */
export const httpProxy: Peer = {
  name: '@fastify/http-proxy',
  installed: () => true,
  async start({ core, upstreamPort, nodeOptions, log }) {
    const program = `${import.meta.dirname}/http-proxy-server.ts`
    const env = {
      JWT_SECRET: jwtSecret,
      UPSTREAM: `http://127.0.0.1:${upstreamPort}`,
      LOG: log ?? ''
    }
    return await startServer(core, [process.execPath, ...nodeOptions, program], { env, log })
  }
}
