// `node infra/start/run.js SCRIPT ARGUMENTS`: what the scripts in package.json run. Started by whatever Node started npm
// (20 or newer, hence no TypeScript), it prepares the clone and runs SCRIPT by the Node that the project installs. Not a
// pre-script of npm's, for `ignore-scripts=true` leaves those out.
import { spawn } from 'node:child_process'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const parentPollMs = 250

await import('./prepare.js')

const windows = process.platform === 'win32'
const node = join(root, 'node_modules/node/bin', windows ? 'node.exe' : 'node')
const [script = '', ...rest] = process.argv.slice(2)
// Flags of Node go before the script: `run.js --test …`.
const args = script.startsWith('-') ? [script, ...rest] : [resolve(root, script), ...rest]
const env = {
  ...process.env,
  PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter)
}

/** Runs it as a child, and ends as it does. Ctrl-C reaches both, as they are of one group. */
function runAsChild() {
  const child = spawn(node, args, { stdio: 'inherit', env })
  const stop = () => child.kill('SIGTERM')
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, stop)
  // A shell that npm signals may end without passing the signal on; what is seen of it here is another parent.
  const parent = process.ppid
  setInterval(() => process.ppid === parent || stop(), parentPollMs).unref()
  child.on('error', (error) => {
    console.error(`${node} cannot be run: ${error.message}. Run npm ci again.`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}

// Where Node can replace itself no process stays behind that only waits.
if (process.execve && !windows) process.execve(node, [node, ...args], env)
else runAsChild()
