import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import type { Transport } from './event.ts'
import type { Attempt, Outbox } from './store.ts'

type Say = (fields: object, sentence: string) => void
export type Log = Record<'info' | 'warn' | 'error', Say>

interface Deps {
  outbox: Pick<Outbox, 'deliverNext'>
  transport: Transport
  log: Log
  /** How many events may be under way at once, of different users. */
  lanes?: number
  /** How often to look without having been woken, in ms: for what is due again, or was another replica's. */
  pollMs?: number
}

export type Relay = ReturnType<typeof createRelay>

/** With these pauses an event is refused for some five minutes before it is parked. */
const maxRefusals = 10
const refusedCapMs = 60_000
/** A subscriber that is back hears of everything within some ten seconds. */
const awayCapMs = 5000

const sentences = {
  delivered: ['info', 'event delivered'],
  refused: ['warn', 'event refused; it is tried again later'],
  parked: ['error', 'event refused too often, so it is parked until somebody looks at it'],
  away: ['warn', 'nobody takes events at the moment; all are kept, and tried again']
} as const

function tell(log: Log, { event, outcome, waited_ms, error }: Attempt) {
  const { id, type, user_id, request_id } = event
  const fields = { event_id: id, event_type: type, user_id, request_id, waited_ms }
  const [level, sentence] = sentences[outcome]
  log[level]({ ...fields, ...(error !== undefined && { reason: String(error) }) }, sentence)
}

/**
 * Takes events out of the outbox to whoever wants to know: each at least once, those of one user in their order. Any
 * number of replicas may do so at once. `start` begins, `wake` says that there is news, `stop` ends it.
 */
export function createRelay({ outbox, transport, log, lanes = 2, pollMs = 1000 }: Deps) {
  const closing = new AbortController()
  const { signal } = closing
  let waking = new AbortController()
  let ended: Promise<unknown> = Promise.resolve()

  async function rest(ms: number, until: AbortSignal) {
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, until]) }).catch(() => undefined)
  }

  /** One attempt; gives how often in a row nobody has taken anything. */
  async function step(failures: number): Promise<number> {
    const pause = backoffMs(failures + 1, { capMs: awayCapMs })
    const attempt = await outbox.deliverNext({
      deliver: async (event) => transport(event, signal),
      // What nobody takes waits for longer than the relay does, so that others have their turn.
      pauseMs: (refusals) =>
        refusals === 0 ? 2 * pause : backoffMs(refusals, { capMs: refusedCapMs }),
      maxRefusals
    })
    if (attempt) tell(log, attempt)
    if (attempt === null) await rest(pollMs, waking.signal)
    if (attempt?.outcome !== 'away') return 0
    await rest(pause, signal)
    return failures + 1
  }

  async function lane() {
    for (let failures = 0; !signal.aborted; )
      try {
        failures = await step(failures)
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'the outbox cannot be read at the moment')
        await rest(pollMs, signal)
      }
  }

  return {
    start() {
      ended = Promise.all(Array.from({ length: lanes }, lane))
    },

    /** Told that something was written, or may have been. */
    wake() {
      waking.abort()
      waking = new AbortController()
    },

    /** Ends it; what is under way is broken off, and delivered again by whoever comes next. */
    async stop() {
      closing.abort()
      await ended
    }
  }
}
