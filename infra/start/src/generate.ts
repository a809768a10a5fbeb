// `npm run generate`: writes the schema of gateway.yml, the API snapshots and the typed client. Its arguments go to the
// snapshots, which refuse changes that break callers. With `--pictures` it writes docs/images instead, from the system
// at BASE_URL.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const gateway = join(root, 'gateway/src/cli/main.ts')

const options = process.argv.slice(2)

/** In this order: the client's types are made of the public document, one of the snapshots. */
const documents = [
  [gateway, 'schema'],
  [gateway, 'snapshot', ...options],
  [join(root, 'e2e/client/generate.ts')]
]
const steps = options.includes('--pictures') ? [[join(root, 'e2e/pictures.ts')]] : documents

for (const step of steps) {
  const { status } = spawnSync(process.execPath, step, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
