import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { connectionTo } from './connection.ts'

export interface Ears {
  /** Told of each NOTIFY on the channel. */
  onNotice: (payload: string) => void
  /** Told whenever the channel is heard again: what was said meanwhile is lost. */
  onConnect: () => void
}

const pauseMs = 500
/** A connection that is silent may be dead: it is asked this often. */
const probeMs = 10_000
const limits = { connectionTimeoutMillis: 2000, query_timeout: 2000, keepAlive: true }

/** Hears until the connection breaks or `signal` aborts. */
async function hear(url: string, channel: string, ears: Ears, signal: AbortSignal) {
  const client = new pg.Client(connectionTo(url, limits))
  const over = Promise.withResolvers<void>()
  const end = () => over.resolve()
  client.on('error', end).on('end', end)
  client.on('notification', ({ payload = '' }) => ears.onNotice(payload))
  signal.addEventListener('abort', end, { once: true })
  const probe = setInterval(() => void client.query('select 1').catch(end), probeMs)
  try {
    await client.connect()
    await client.query(`listen ${client.escapeIdentifier(channel)}`)
    ears.onConnect()
    await over.promise
  } finally {
    clearInterval(probe)
    signal.removeEventListener('abort', end)
    void client.end().catch(() => undefined)
  }
}

/**
 * Hears a channel of PostgreSQL (LISTEN) on a connection of its own until `signal` aborts, and connects again
 * whenever that breaks. Resolves then; a database that is away is told by the readiness check.
 */
export async function listen(url: string, channel: string, ears: Ears, signal: AbortSignal) {
  while (!signal.aborted) {
    await hear(url, channel, ears, signal).catch(() => undefined)
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}
