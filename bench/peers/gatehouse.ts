import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../pinned.ts'
import { internalSecret, jwtSecret } from '../token.ts'
import type { Peer } from './peer.ts'

const main = join(import.meta.dirname, '../../gateway/src/main.ts')

/** The table of the project in size and policy, before one upstream, with limits that no run reaches. */
function table(url: string): string {
  const limit = 'rate: 1000000000/min per ip'
  const lines = ['users', 'orders', 'invoices', 'parcels', 'messages'].flatMap((name) => [
    `POST   /api/${name}:            { to: ${name}, allow: user, rate: 1000000000/min per user }`,
    `GET    /api/${name}:            { to: ${name}, allow: user }`,
    `GET    /api/${name}/:id:        { to: ${name}, allow: [admin, owner, user], owner: id }`,
    `PATCH  /api/${name}/:id:        { to: ${name}, allow: user }`,
    `DELETE /api/${name}/:id:        { to: ${name}, allow: admin }`,
    `POST   /api/${name}/:id/cancel: { to: ${name}, allow: user }`
  ])
  const names = ['users', 'orders', 'invoices', 'parcels', 'messages']
  const services = names.map((name) => `  ${name}: { url: "${url}", strip: /api }`)
  return `services:\n${services.join('\n')}
aliases: { /api/v1: /api }
defaults: { timeout: 10s, body: 1mb, ${limit} }
routes:\n  GET    /api/bytes/:size: { to: orders, allow: user }\n  ${lines.join('\n  ')}\n`
}

/** This gateway, with everything on: token, rate limit, signed identity, guards. */
export const gatehouse: Peer = {
  name: 'gatehouse',
  async start({ core, upstreamPort, nodeOptions }) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'))
    const file = join(folder, 'gateway.yml')
    await writeFile(file, table(`http://127.0.0.1:${upstreamPort}`))
    try {
      return await startServer(core, [process.execPath, ...nodeOptions, main], {
        JWT_SECRET: jwtSecret,
        INTERNAL_SECRET: internalSecret,
        GATEWAY_CONFIG: file,
        LOG_LEVEL: 'warn'
      })
    } finally {
      // Read once, at the start.
      await rm(folder, { recursive: true })
    }
  }
}
