import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startServer } from '../pinned.ts'
import { internalSecret, jwtSecret } from '../token.ts'
import type { Peer } from './peer.ts'

const main = join(import.meta.dirname, '../../../gateway/src/main.ts')
const services = ['orders', 'users', 'invoices', 'parcels', 'messages']

/** The routes that the bench asks for, and six more for each resource, up to `count`. */
function routes(count: number): string[] {
  const resources = Array.from({ length: Math.ceil(count / 6) }, (_, i) => [
    `${services[i % services.length]}${i < services.length ? '' : i}`,
    services[i % services.length]
  ])
  const lines = resources.flatMap(([name, to]) => [
    `GET    /api/${name}/:id:        { to: ${to}, allow: [admin, owner, user], owner: id }`,
    `POST   /api/${name}:            { to: ${to}, allow: user, rate: 1000000000/min per user }`,
    `GET    /api/${name}:            { to: ${to}, allow: user }`,
    `PATCH  /api/${name}/:id:        { to: ${to}, allow: user }`,
    `DELETE /api/${name}/:id:        { to: ${to}, allow: admin }`,
    `POST   /api/${name}/:id/cancel: { to: ${to}, allow: user }`
  ])
  return ['GET /api/bytes/:size: { to: orders, allow: user }', ...lines].slice(0, count)
}

/** A table of this size with the policy of the project's, before one upstream, with limits that no run reaches. */
function table(url: string, count: number): string {
  const upstreams = services.map((name) => `  ${name}: { url: "${url}", strip: /api }`)
  return `services:\n${upstreams.join('\n')}
aliases: { /api/v1: /api }
defaults: { timeout: 10s, body: 1mb, rate: 1000000000/min per ip }
routes:\n  ${routes(count).join('\n  ')}\n`
}

/** This gateway, with everything on: token, rate limit, signed identity, guards. */
export function gatehouseWith(count: number, name: string): Peer {
  return {
    name,
    installed: () => true,
    async start({ core, upstreamPort, nodeOptions, folder, log }) {
      const file = join(folder, `gateway-${count}.yml`)
      await writeFile(file, table(`http://127.0.0.1:${upstreamPort}`, count))
      const env = {
        JWT_SECRET: jwtSecret,
        INTERNAL_SECRET: internalSecret,
        GATEWAY_CONFIG: file,
        LOG_LEVEL: log === null ? 'warn' : 'info'
      }
      return await startServer(core, [process.execPath, ...nodeOptions, main], { env, log })
    }
  }
}

export const gatehouse = gatehouseWith(30, 'gatehouse')
