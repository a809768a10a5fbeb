import type { AddressInfo } from 'node:net'
import { buildGateway } from '../../src/gateway.ts'
import { parseTable } from '../../src/route-table/load.ts'
import { internalSecret, jwtSecret } from './gateway.ts'

type Context = { after: (end: () => Promise<void>) => void }

/** The gateway in this process, so that its server can be looked at, and its times shortened; closed in the end. */
export async function startInProcess(
  t: Context,
  table: string,
  options: { bodyStallMs?: number } = {}
) {
  const app = await buildGateway({
    table: parseTable(table, 'gateway.yml', {}),
    token: {
      secrets: [jwtSecret],
      issuer: 'gatehouse',
      audience: 'gatehouse',
      ttlMs: 900_000
    },
    internalSecret,
    trustedProxies: '',
    logLevel: 'silent',
    demo: false,
    documented: true,
    ...options
  })
  t.after(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { server: app.server, port: (app.server.address() as AddressInfo).port }
}
