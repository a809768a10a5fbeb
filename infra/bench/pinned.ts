import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** Whether processes can be bound to a core here; without it figures are not comparable. */
export const canPin = spawnSync('taskset', ['-V']).status === 0

const startMs = 15_000

export interface Running {
  port: number
  /** The most memory that it ever had resident, in MB; null where it is no process of its own. */
  peakMb: () => number | null
  /** What is resident now, in MB; null where it is no process of its own. */
  residentMb: () => number | null
  /** The processor time that it has used so far, in µs; null where it is no process of its own. */
  cpuUs: () => number | null
  stop: () => Promise<void>
}

/** A free port of this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Starts `command` on one core, or on those of a list such as `0-1`, its stderr ours and its stdout where told; it ends with us at the latest. */
export function spawnPinned(
  core: number | string,
  command: string[],
  env: Record<string, string> = {},
  stdout: 'pipe' | 'ignore' | number = 'pipe'
): ChildProcess {
  const [name = '', ...rest] = canPin ? ['taskset', '-c', `${core}`, ...command] : command
  const child = spawn(name, rest, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', stdout, 'inherit']
  })
  const end = () => child.kill('SIGKILL')
  process.on('exit', end)
  child.on('exit', () => process.off('exit', end))
  return child
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function residentMb({ pid }: ChildProcess, field: 'VmHWM' | 'VmRSS'): number | null {
  try {
    const kb = new RegExp(`${field}:\\s+(\\d+)`).exec(
      readFileSync(`/proc/${pid}/status`, 'utf8')
    )?.[1]
    return Math.round(Number(kb) / 1024)
  } catch {
    return null
  }
}

/** One tick of the kernel's clock, in which it counts processor time (USER_HZ). */
const tickUs = 10_000

function cpuUs({ pid }: ChildProcess): number | null {
  try {
    // Fields 14 and 15 are user and system time; the name before them may hold spaces (proc(5)).
    const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
    const [user, system] = after.split(' ').slice(11, 13).map(Number)
    return ((user ?? 0) + (system ?? 0)) * tickUs
  } catch {
    return null
  }
}

interface Start {
  env?: Record<string, string>
  /** The file that stdout goes to; without it, nowhere. */
  log?: string | null
  /** Called with the port before the start, for those that read it in a file. */
  prepare?: (port: number) => Promise<void>
}

function spawnServer(
  core: number | string,
  command: string[],
  port: number,
  { env, log = null }: Start
) {
  const stdout = log === null ? null : openSync(log, 'w')
  const own = { HOST: '127.0.0.1', PORT: `${port}`, ...env }
  const child = spawnPinned(core, command, own, stdout ?? 'ignore')
  if (stdout !== null) closeSync(stdout)
  return child
}

/** Starts a server that listens on `env.PORT`, a free one, on its core; gives it when it accepts connections. */
export async function startServer(core: number | string, command: string[], start: Start = {}) {
  const port = await freePort()
  await start.prepare?.(port)
  const child = spawnServer(core, command, port, start)
  const giveUp = Date.now() + startMs
  // A foreign server tells in no other way that it listens.
  while (!(await accepts(port))) {
    if (child.exitCode !== null || Date.now() > giveUp) {
      child.kill('SIGKILL')
      throw new Error(`${command.join(' ')} does not start (exit code ${child.exitCode}).`)
    }
    await setTimeout(20)
  }
  const running: Running = {
    port,
    peakMb: () => residentMb(child, 'VmHWM'),
    residentMb: () => residentMb(child, 'VmRSS'),
    cpuUs: () => cpuUs(child),
    async stop() {
      if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended by itself.`)
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }
  return running
}
