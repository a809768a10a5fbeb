import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { until } from './testing-wait.ts'

interface Test {
  after: (clean: () => unknown) => void
}

/**
 * Runs a process's `main.ts` on a free loopback port, and gives its origin once it is ready; it is killed after the
 * test. `kill` does so at once, without a chance to finish anything.
 * @throws what the process wrote where it ends before, or is not ready within 20 s
 */
export async function startProcess(t: Test, script: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  t.after(kill)
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const url = await until(() => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`It ended:\n${said}`)
    return /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
  }, `${script} to listen`)
  await until(async () => (await fetch(`${url}/health/ready`)).ok, `${script} to be ready`)
  return { url, kill, said: () => said }
}
