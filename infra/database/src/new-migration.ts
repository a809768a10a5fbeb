// npm run db:migration <service> <name>: writes what schema.prisma has and the migrations lack.
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main, StartError } from '@gatehouse/service-kit'
import { startEmbedded } from './embedded.ts'
import { withEngine } from './engine.ts'
import { noFilter } from './migrations.ts'

const services = fileURLToPath(new URL('../../../services/', import.meta.url))
const usage = 'npm run db:migration <service> <name, such as add_phone_number>'

function datamodel(content: string) {
  return { tag: 'schemaDatamodel' as const, files: [{ path: 'schema.prisma', content }] }
}

interface Wanted {
  /** A service's `prisma/` folder. */
  prisma: string
  name: string
  /** Any PostgreSQL: two schemas are compared without one, but the engine does not start without one. */
  url: string
}

/**
 * Writes the migration called `name`, together with the schema that the migrations now give: the next one
 * starts from there. Gives its path, or null where nothing changed.
 */
export async function newMigration({ prisma, name, url }: Wanted): Promise<string | null> {
  const reached = join(prisma, 'migrations', 'schema.prisma')
  const after = await readFile(join(prisma, 'schema.prisma'), 'utf8')
  const from = existsSync(reached)
    ? datamodel(await readFile(reached, 'utf8'))
    : { tag: 'empty' as const }
  const params = { from, to: datamodel(after), script: true, exitCode: true, filters: noFilter }
  const { exitCode, stdout } = await withEngine(url, async (engine) => engine.diff(params))
  if (exitCode === 0 || stdout === null) return null
  const timestamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const folder = join(prisma, 'migrations', `${timestamp}_${name}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'migration.sql'), stdout)
  await writeFile(reached, after)
  return join(folder, 'migration.sql')
}

/** Checks what was typed; throws a StartError that says how it is used. */
function readArguments([service, name]: string[]) {
  if (!service || !name) throw new StartError(`Usage: ${usage}`)
  const prisma = join(services, service, 'prisma')
  if (!/^[a-z0-9-]+$/.test(service) || !existsSync(join(prisma, 'schema.prisma')))
    throw new StartError(`There is no services/${service}/prisma/schema.prisma. Usage: ${usage}`)
  if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name))
    throw new StartError(
      `A migration is named in lower_snake_case, unlike ${name}. Usage: ${usage}`
    )
  return { service, name, prisma }
}

async function start() {
  const { service, name, prisma } = readArguments(process.argv.slice(2))
  const server = await startEmbedded()
  try {
    const path = await newMigration({ prisma, name, url: server.url })
    const none = `The migrations of ${service} already give its schema; nothing was written.`
    process.stdout.write(`${path ?? none}\n`)
  } catch (cause) {
    throw new StartError(`No migration was written: ${(cause as Error).message}`, { cause })
  } finally {
    await server.remove()
  }
}

if (import.meta.main) await main(start)
