import { createHash, randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { migrate } from './migrate.ts'
import { readMigrations } from './migrations.ts'

interface Test {
  after: (clean: () => Promise<unknown>) => void
}

/** Names the PostgreSQL of a test run; its user may create and drop databases. */
export const serverVariable = 'TEST_DATABASE_URL'

const services = new URL('../../../services/', import.meta.url)

function serverUrl(): string {
  const url = process.env[serverVariable]
  if (url) return url
  const command = 'node --test --test-global-setup=infra/database/src/test-server.ts <file>'
  throw new Error(
    `There is no PostgreSQL for this test. Run all with npm test, one file with ${command}`
  )
}

function urlOf(name: string): string {
  const url = new URL(serverUrl())
  url.pathname = `/${name}`
  return url.href
}

async function withServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl() })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function exists(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
  return rowCount === 1
}

/** Makes the migrated database of which all tests of a service get copies, unless there is one already. */
async function ensureTemplate(client: pg.Client, folder: string): Promise<string> {
  const content = JSON.stringify(await readMigrations(folder))
  const name = `template_${createHash('sha256').update(content).digest('hex').slice(0, 16)}`
  // Test files run in processes of their own: the first makes it, the others wait.
  await client.query('select pg_advisory_lock(hashtext($1))', [name])
  if (await exists(client, name)) return name
  const unfinished = `${name}_unfinished`
  await client.query(`drop database if exists ${unfinished} with (force)`)
  await client.query(`create database ${unfinished}`)
  await migrate({ url: urlOf(unfinished) }, folder)
  await client.query(`alter database ${unfinished} rename to ${name}`)
  return name
}

/** Gives the URL of an empty database of its own for this test, which is dropped after it. */
export async function emptyDatabase(t: Test): Promise<string> {
  return copyOf(t, async () => 'template1')
}

/**
 * Gives the URL of a migrated, otherwise empty database of `services/<service>`, dropped after the test; each of its
 * sessions begins with `settings`, such as `timezone = 'Asia/Kolkata'`.
 */
export async function testDatabase(t: Test, service: string, settings: readonly string[] = []) {
  const folder = fileURLToPath(new URL(`${service}/prisma/migrations/`, services))
  return copyOf(t, async (client) => ensureTemplate(client, folder), settings)
}

async function copyOf(
  t: Test,
  template: (client: pg.Client) => Promise<string>,
  settings: readonly string[] = []
): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await withServer(async (client) => {
    const source = await template(client)
    await client.query(`create database ${name} template ${source}`)
    for (const setting of settings) await client.query(`alter database ${name} set ${setting}`)
  })
  t.after(async () => withServer((client) => client.query(`drop database ${name} with (force)`)))
  return urlOf(name)
}

/**
 * Starts a PostgreSQL that this test may stop and start again, on files of its own; removed after the test.
 * It takes half a second, so it is for tests of outages only.
 */
export async function ownServer(t: Test) {
  const { startEmbedded } = await import('./embedded.ts')
  const server = await startEmbedded()
  t.after(server.remove)
  return server
}
