import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { nodeOptions } from '../compile-cache.js'
import { readable } from './log-lines.ts'
import type { Settings } from './settings.ts'

export type Process = ReturnType<typeof startProcess>

interface Program {
  name: string
  /** The folder of its workspace, from the root. */
  folder: string
  port: number
  env: NodeJS.ProcessEnv
}

const leash = pathToFileURL(join(import.meta.dirname, 'leash.ts')).href

function show(stream: NodeJS.ReadableStream, prefix: string, to: NodeJS.WriteStream) {
  createInterface({ input: stream }).on('line', (line) => {
    for (const part of readable(line).split('\n')) to.write(`${prefix} ${part}\n`)
  })
}

/** Starts the `src/main.ts` of a workspace, its lines shown behind `prefix`, or as they are where JSON is asked for. */
export function startProcess(program: Program, { root, watch, json }: Settings, prefix: string) {
  const options = watch ? ['--watch', '--watch-preserve-output'] : []
  const script = join(root, program.folder, 'src/main.ts')
  const child = spawn(process.execPath, [...options, ...nodeOptions, '--import', leash, script], {
    cwd: root,
    env: program.env,
    stdio: ['pipe', json ? 'inherit' : 'pipe', json ? 'inherit' : 'pipe'],
    // A process group of its own: Ctrl-C in a terminal must not reach it twice, nor before the gateway.
    detached: true
  })
  const exited = once(child, 'exit').then(([code, signal]) => signal ?? `exit code ${code}`)
  if (child.stdout) show(child.stdout, prefix, process.stdout)
  if (child.stderr) show(child.stderr, prefix, process.stderr)
  return {
    name: program.name,
    port: program.port,
    /** Resolves with how it ended: `exit code 1`, `SIGKILL`. */
    exited,
    /** Asks it to finish what it is doing, and waits until it has ended. */
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
    /** Ends it and what it started, at once. */
    kill() {
      if (child.exitCode === null && child.signalCode === null && child.pid)
        process.kill(-child.pid, 'SIGKILL')
    }
  }
}
