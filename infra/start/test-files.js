// `npm test`: the quick tests; `npm run test:all`: all; `npm test -w services/users`: those of a workspace; with paths,
// those files. In JavaScript, for it runs before anything is known of the clone.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** What starts whole systems, loads them, waits by the clock or looks for what random input finds. */
const slow = [
  'e2e/client/*.test.ts',
  'gateway/test/cli/matrix.test.ts',
  'gateway/test/checks/{property,limits}.test.ts',
  'gateway/test/dispatch/http/{chaos,memory,rolling}.test.ts',
  'gateway/test/documentation/lint.test.ts',
  'gateway/test/openapi/{styles,subset,preserve}.test.ts',
  'gateway/test/server/{drain,drain-clients,idle-connections,lingering}.test.ts',
  'infra/database/test/outage.test.ts',
  'infra/service-kit/test/run.test.ts',
  'infra/start/test/{start,canary,clone,container-scripts,cluster,supply-chain}.test.ts',
  'services/*/test/{bulkhead,crash,main,outage,plans,process,revocation-feed,throttle,timing,zone}.test.ts'
]
const everything = ['gateway', 'e2e/client', 'services/*', 'infra/*']

/** The test files below each folder, as paths from the root. */
function below(folders) {
  const patterns = folders.map((folder) =>
    folder.startsWith('e2e') ? 'e2e/client/*.test.ts' : `${folder}/test/**/*.test.ts`
  )
  return globSync(patterns, { cwd: root })
}

/** Chooses the files, and says in a word which they are. Arguments: `--all`, or paths. */
export function chooseTests(args, folder = '') {
  const paths = args.filter((arg) => !arg.startsWith('-'))
  if (paths.length > 0)
    return {
      what: 'named',
      files: globSync(
        paths.map((path) => join(folder, path)),
        { cwd: root }
      )
    }
  const all = below(folder ? [folder] : everything).sort()
  if (folder || args.includes('--all')) return { what: folder ? `of ${folder}` : 'all', files: all }
  const left = new Set(globSync(slow, { cwd: root }))
  return { what: 'quick', files: all.filter((file) => !left.has(file)) }
}

/** How long each choice took on two cores of a shared machine, printed before it begins. */
const durations = {
  quick: 'about 4 minutes on two cores; npm run test:all runs the rest too',
  all: 'about 8 minutes on two cores'
}

/** A run that takes longer hangs, and is ended, in ms. */
const longestMs = 20 * 60_000

function run() {
  const started = Date.now()
  const args = process.argv.slice(2)
  const { what, files } = chooseTests(args, relative(root, process.cwd()))
  if (files.length === 0) {
    console.error(
      `There is no test file here that matches ${args.join(' ') || 'test/**/*.test.ts'}.`
    )
    return 1
  }
  const about = durations[what] ? ` (${durations[what]})` : ''
  console.log(`Running ${files.length} test files, ${what}${about} …`)
  const limits = ['--test-concurrency=2', '--test-timeout=60000']
  const setup = '--test-global-setup=infra/database/src/test-server.ts'
  const options = args.filter((arg) => arg.startsWith('-') && arg !== '--all')
  const { status } = spawnSync(
    process.execPath,
    ['--test', ...limits, setup, ...options, ...files],
    {
      cwd: root,
      stdio: 'inherit',
      timeout: longestMs,
      killSignal: 'SIGINT'
    }
  )
  console.log(`${files.length} test files took ${Math.round((Date.now() - started) / 1000)} s.`)
  return status ?? 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = run()
