// Plain JavaScript, for it also runs on the Node that started npm, before the project's own is there.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const services = fileURLToPath(new URL('../../services/', import.meta.url))

/**
 * The generator runs on WebAssembly, but the CLI downloads a native engine that only `migrate` would use,
 * unless this names a file; any file does.
 */
const environment = {
  ...process.env,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1'
}

function isStale(folder) {
  const client = join(folder, 'client', 'client.ts')
  if (!existsSync(client)) return true
  return statSync(client).mtimeMs < statSync(join(folder, 'schema.prisma')).mtimeMs
}

function generate(folder) {
  const manifest = createRequire(join(folder, 'schema.prisma')).resolve('prisma/package.json')
  const cli = join(manifest, '..', 'build', 'index.js')
  const command = [cli, 'generate', '--no-hints', '--schema', join(folder, 'schema.prisma')]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: folder,
    env: environment,
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(`Prisma could not generate ${folder}:\n${stdout}${stderr}`)
}

/**
 * Generates `services/<name>/prisma/client` where it is missing or older than its schema (0.8 s each), and
 * gives the names. Throws with Prisma's own words where a schema is wrong.
 */
export function generateClients({ force = false } = {}) {
  const names = readdirSync(services).filter((name) => {
    const folder = join(services, name, 'prisma')
    return existsSync(join(folder, 'schema.prisma')) && (force || isStale(folder))
  })
  for (const name of names) generate(join(services, name, 'prisma'))
  return names
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const name of generateClients()) console.log(`Generated the Prisma client of ${name}.`)
}
