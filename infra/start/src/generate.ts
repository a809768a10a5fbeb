// `npm run generate`: writes what is made of the code and of gateway.yml. What it takes goes to the snapshots, which
// refuse what breaks callers.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const gateway = join(root, 'gateway/src/cli/main.ts')

/** In this order: the client's types are made of the public document, one of the snapshots. */
const steps = [
  [gateway, 'schema'],
  [gateway, 'snapshot', ...process.argv.slice(2)],
  [join(root, 'e2e/client/generate.ts')]
]

for (const step of steps) {
  const { status } = spawnSync(process.execPath, step, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
