import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { textOf } from './gateway.ts'

/** Runs a script of the gateway, as npm does, and gives its exit code and what it wrote. */
export async function runCommand(script: string, args: string[], env: Record<string, string> = {}) {
  const file = join(import.meta.dirname, '../../src/cli', script)
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const [out, err] = [textOf(child.stdout), textOf(child.stderr)]
  const [code] = await once(child, 'close')
  return { code: code as number, out: out(), err: err() }
}
