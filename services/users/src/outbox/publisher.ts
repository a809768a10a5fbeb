import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from '@gatehouse/service-kit'
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
  /** How seldom to look, at most, without having been woken, in ms: for what was another replica's. */
  pollMs?: number
}

interface Course {
  failures: number
  quiet: number
}

export type Relay = ReturnType<typeof createPublisher>

/** With these pauses an event is refused for some five minutes before it is parked. */
const maxRefusals = 10
const refusedCapMs = 60_000
/** A subscriber that is back hears of everything within some ten seconds. */
const awayCapMs = 5000
/** Time before another look at an outbox that cannot be read, in ms. */
const retryMs = 1000

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
export function createPublisher({ outbox, transport, log, lanes = 2, pollMs = 5000 }: Deps) {
  const closing = new AbortController()
  const { signal } = closing
  let waking = new AbortController()
  let ended: Promise<unknown> = Promise.resolve()

  /** Told that something was written, or may have been. */
  function wake() {
    waking.abort()
    waking = new AbortController()
  }

  /** Looks again in `ms`, though nothing else happens. */
  async function wakeIn(ms: number) {
    await sleep(ms, undefined, { signal, ref: false }).then(wake, () => undefined)
  }

  async function rest(ms: number, until: AbortSignal) {
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, until]) }).catch(() => undefined)
  }

  /** One attempt; gives how often in a row nobody has taken anything, and how often there was nothing to take. */
  async function step({ failures, quiet }: Course): Promise<Course> {
    const pause = backoffMs(failures + 1, { capMs: awayCapMs })
    // Before the look, so that news that comes meanwhile ends the rest after it.
    const news = waking.signal
    let dueMs = 0
    const attempt = await outbox.deliverNext({
      deliver: async (event) => transport(event, signal),
      // What nobody takes waits for longer than the relay does, so that others have their turn.
      pauseMs(refusals) {
        dueMs = refusals === 0 ? 2 * pause : backoffMs(refusals, { capMs: refusedCapMs })
        return dueMs
      },
      maxRefusals
    })
    if (attempt) tell(log, attempt)
    if (attempt === null) {
      await rest(backoffMs(quiet + 1, { capMs: pollMs }), news)
      return { failures: 0, quiet: quiet + 1 }
    }
    if (attempt.outcome === 'refused' || attempt.outcome === 'away') void wakeIn(dueMs)
    if (attempt.outcome !== 'away') return { failures: 0, quiet: 0 }
    await rest(pause, signal)
    return { failures: failures + 1, quiet: 0 }
  }

  async function lane() {
    for (let course = { failures: 0, quiet: 0 }; !signal.aborted; )
      try {
        course = await step(course)
      } catch (error) {
        if (!signal.aborted) log.warn({ reason: reasonOf(error) }, 'the outbox cannot be read')
        await rest(retryMs, signal)
      }
  }

  return {
    start() {
      ended = Promise.all(Array.from({ length: lanes }, lane))
    },

    wake,

    /** Ends it; what is under way is broken off, and delivered again by whoever comes next. */
    async stop() {
      closing.abort()
      await ended
    }
  }
}
