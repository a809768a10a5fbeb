import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { textOf } from './gateway.ts'

const cli = join(import.meta.dirname, '../../src/cli/main.ts')

/** Runs a command, as `npm run gateway --` does, and gives its exit code and what it wrote. */
export async function runCommand(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const [out, err] = [textOf(child.stdout), textOf(child.stderr)]
  const [code] = await once(child, 'close')
  return { code: code as number, out: out(), err: err() }
}
