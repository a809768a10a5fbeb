import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { openDatabase } from '../src/database.ts'

/** Makes a service's `prisma/` folder with these migrations, by name. */
export async function prismaFolder(t: TestContext, migrations: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-prisma-'))
  t.after(async () => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'migrations'))
  for (const [name, sql] of Object.entries(migrations)) await addMigration(folder, name, sql)
  return folder
}

export async function addMigration(prisma: string, name: string, sql: string) {
  await mkdir(join(prisma, 'migrations', name), { recursive: true })
  await writeFile(join(prisma, 'migrations', name, 'migration.sql'), sql)
}

/** Opens and prepares a database; gives it and a function that runs one statement as Prisma would. */
export async function startDatabase(t: TestContext, url: string) {
  const folder = await prismaFolder(t)
  const database = openDatabase({ url, prisma: pathToFileURL(`${folder}/`) })
  t.after(database.close)
  await database.prepare()
  const adapter = await database.adapter.connect()
  const query = async (sql: string) => {
    const { rows } = await adapter.queryRaw({ sql, args: [], argTypes: [] })
    return rows
  }
  return { database, adapter, query }
}

/** Runs one statement on a connection of its own. */
export async function ask(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** A TCP relay to the database at `url` that can stop passing bytes on, as a server that hangs does. */
export async function startRelay(t: TestContext, url: string) {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let frozen = false
  const relay = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => [near, far].map((end) => end.destroy()))
    }
    near.on('data', (bytes) => frozen || far.write(bytes))
    far.on('data', (bytes) => frozen || near.write(bytes))
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => relay.close(resolve))
  })
  const target = new URL(url)
  const address = relay.address()
  if (address !== null && typeof address !== 'string') target.port = `${address.port}`
  const freeze = () => {
    frozen = true
  }
  return { url: target.href, freeze }
}
