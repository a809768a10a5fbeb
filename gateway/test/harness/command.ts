import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { StartError } from '@gatehouse/service-kit'
import { runCommand as run } from '../../src/cli/commands.ts'
import { textOf } from './gateway.ts'

const cli = join(import.meta.dirname, '../../src/cli/main.ts')

/** Runs a command in this process, and gives its exit code and what it prints, as `runCommandProcess` does. */
export async function runCommand(args: string[], env: Record<string, string> = {}) {
  try {
    const { text, exitCode } = await run(args, env)
    return { code: exitCode, out: text, err: '' }
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    return { code: 1, out: '', err: `${error.message}\n` }
  }
}

/** Runs a command as `npm run gateway --` does, and gives its exit code and what it wrote. */
export async function runCommandProcess(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const [out, err] = [textOf(child.stdout), textOf(child.stderr)]
  const [code] = await once(child, 'close')
  return { code: code as number, out: out(), err: err() }
}
