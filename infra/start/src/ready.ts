import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { StartError } from './start-error.ts'

/** A part of the system that can end by itself; `exited` resolves with how. */
interface Part {
  name: string
  /** The address it listens on; the loopback unless given. */
  host?: string
  port: number
  exited: () => Promise<string>
}

const patienceMs = 60_000
const pollMs = 50

const request = 'GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'

/** Where a process is asked that listens on `host`: where it listens, or on the loopback if that is everywhere. */
function reachable(host: string): string {
  if (host === '::') return '::1'
  return host === '0.0.0.0' ? '127.0.0.1' : host
}

/** By hand, for importing node:http takes 17 MB, which this process would keep for as long as the system runs. */
async function answersReady(host: string, port: number): Promise<boolean> {
  const socket = connect({ host: reachable(host), port, timeout: 1000 })
  socket.on('timeout', () => socket.destroy())
  try {
    // Not end(): a Node server gives up on a request whose connection its client has ended.
    socket.write(request)
    return (await text(socket)).startsWith('HTTP/1.1 200 ')
  } catch {
    return false
  }
}

async function poll({ name, host = '127.0.0.1', port }: Part, signal: AbortSignal) {
  for (const until = Date.now() + patienceMs; !(await answersReady(host, port)); ) {
    if (Date.now() > until) throw new StartError(`${name} was not ready after a minute.`)
    await delay(pollMs, undefined, { signal })
  }
}

/** Never resolves; throws a StartError as soon as one of the parts ends. */
async function untilOneEnds(parts: readonly Part[]): Promise<never> {
  const ends = parts.map(async ({ name, exited }) => ({ name, how: await exited() }))
  const { name, how } = await Promise.race(ends)
  throw new StartError(`${name} ended (${how}), so everything else was stopped.`)
}

/**
 * Resolves when `/health/ready` of all the processes answers 200. Throws a StartError where one ends instead, or is
 * not ready after a minute, and an AbortError once `signal` aborts.
 */
export async function untilReady(processes: readonly Part[], signal: AbortSignal) {
  const polling = new AbortController()
  const either = AbortSignal.any([signal, polling.signal])
  const all = Promise.all(processes.map(async (part) => poll(part, either)))
  await Promise.race([all, untilOneEnds(processes)]).finally(() => polling.abort())
}
