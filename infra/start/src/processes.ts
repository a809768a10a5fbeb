import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readable } from './log-lines.ts'
import type { Settings } from './settings.ts'
import type { Running } from './supervise.ts'

interface Program {
  /** The folder of its workspace, from the root. */
  folder: string
  env: NodeJS.ProcessEnv
}

const exitWithParent = pathToFileURL(join(import.meta.dirname, 'exit-with-parent.ts')).href

/** Shows what `stream` writes, each line behind `prefix`; what arrives at once is written at once. */
function show(stream: NodeJS.ReadableStream, prefix: string, to: NodeJS.WriteStream) {
  const shown = (line: string) => `${prefix} ${readable(line).replaceAll('\n', `\n${prefix} `)}\n`
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) to.write(lines.map(shown).join(''))
  })
  stream.on('end', () => rest && to.write(shown(rest)))
}

/** Starts the `src/main.ts` of a workspace, its lines shown behind `prefix`, or as they are where JSON is asked for. */
export function startProcess(
  program: Program,
  { root, watch, json, quiet }: Settings,
  prefix: string
): Running {
  const options = watch ? ['--watch', '--watch-preserve-output'] : []
  const output = quiet ? 'ignore' : json ? 'inherit' : 'pipe'
  const script = join(root, program.folder, 'src/main.ts')
  const child = spawn(process.execPath, [...options, '--import', exitWithParent, script], {
    cwd: root,
    env: program.env,
    stdio: ['pipe', output, output],
    // A process group of its own: Ctrl-C in a terminal must not reach it twice, nor before the gateway.
    detached: true
  })
  const exited = once(child, 'exit').then(([code, signal]) => signal ?? `exit code ${code}`)
  if (child.stdout) show(child.stdout, prefix, process.stdout)
  if (child.stderr) show(child.stderr, prefix, process.stderr)
  return {
    pid: child.pid ?? 0,
    exited,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
    kill() {
      if (child.exitCode === null && child.signalCode === null && child.pid)
        process.kill(-child.pid, 'SIGKILL')
    }
  }
}
