import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGatewayProcess } from './gateway.ts'
import { trustedPem } from './tls-upstream.ts'

type Context = Parameters<typeof startGatewayProcess>[0]

/** A gateway that trusts the certificate of the upstreams behind TLS. */
export async function startTrusting(t: Context, table: string) {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-tls-'))
  t.after(() => rm(folder, { recursive: true }))
  const NODE_EXTRA_CA_CERTS = join(folder, 'ca.pem')
  await writeFile(NODE_EXTRA_CA_CERTS, trustedPem)
  return await startGatewayProcess(t, table, { NODE_EXTRA_CA_CERTS })
}
