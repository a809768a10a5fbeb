// The --test-global-setup module of a whole run: one PostgreSQL for all test files.
import { type EmbeddedServer, startEmbedded } from './embedded.ts'
import { serverVariable } from './testing.ts'

let server: EmbeddedServer | undefined

/** Starts the server, unless the environment names one already. */
export async function globalSetup() {
  // They speak of another PostgreSQL (PGSSLMODE, PGOPTIONS, …), and its clients would believe them.
  for (const name of Object.keys(process.env)) if (name.startsWith('PG')) delete process.env[name]
  if (process.env[serverVariable]) return
  server = await startEmbedded()
  process.env[serverVariable] = server.url
}

export async function globalTeardown() {
  await server?.remove()
}
