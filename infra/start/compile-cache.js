// What Node compiles is kept, TypeScript with its types stripped: a process that finds all it imports there is ready
// sooner, and never loads the 20 MB that strip types.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const processes = [
  'services/users/src/main.ts',
  'services/orders/src/main.ts',
  'gateway/src/main.ts'
]

export const cacheFolder = join(root, 'node_modules/.cache/compile')

/**
 * How the processes run under `npm start`: a young generation of up to 8 MB. With 1 MB, what one request makes is copied
 * until it is garbage, for up to a quarter of the processor time; with 16 MB, V8's own choice, requests are hardly cheaper
 * and the services hold up to twice as much after load (docs/benchmarks.md has the figures).
 */
export const nodeOptions = ['--max-semi-space-size=8']

/**
 * Fills the cache, so that already the first start is a small one: each process is started without what it needs,
 * and ends with a complaint once all it imports is compiled.
 */
export function fillCache() {
  const node = join(root, 'node_modules/.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: cacheFolder }
  const run = (...args) =>
    spawnSync(node, args, { cwd: root, env, stdio: 'ignore', timeout: 30_000 })
  for (const script of processes) run(...nodeOptions, script)
  run('infra/start/start.js', '--nothing')
}
