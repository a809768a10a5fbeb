import { createTurns } from '@gatehouse/service-kit'
import type { Order } from '../orders/contract.ts'
import type { LiveStore } from './store.ts'

interface Deps {
  store: Pick<LiveStore, 'lastEvent' | 'eventsAfter'>
}

export interface OrderEvent {
  number: number
  order: Order
}

interface Reader {
  owner: string
  /** The number of the last event that is known. */
  after: number
  signal: AbortSignal
}

const batch = 100
/** Readers that look at once: fewer than there are connections to the database, for others want some. */
const mostLooking = 4

export type Feed = ReturnType<typeof createFeed>

/**
 * The events of each user's orders, for any number of readers. What is read is the database; a notice of it only
 * says when to look, so one that is lost, late or doubled loses and doubles no event.
 */
export function createFeed({ store }: Deps) {
  const waiting = new Map<string, Set<() => void>>()
  const closing = new AbortController()
  /** All readers look where notices may have been missed, and a connection is waited for 800 ms, no more. */
  const turns = createTurns(mostLooking)

  function wake(owner: string) {
    for (const look of waiting.get(owner) ?? []) look()
  }

  /** Resolves at the next notice for `owner`, or when `signal` aborts. */
  function nextNotice(owner: string, signal: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => resolve()
    const those = waiting.get(owner) ?? new Set()
    waiting.set(owner, those.add(look))
    signal.addEventListener('abort', look)
    const release = () => {
      signal.removeEventListener('abort', look)
      those.delete(look)
      if (those.size === 0 && waiting.get(owner) === those) waiting.delete(owner)
    }
    return { promise, release }
  }

  /** Looks for events when its turn has come; who has left by then asks nothing. */
  const nextEvents = async ({ owner, after, signal }: Reader) =>
    turns.run(async () => (signal.aborted ? [] : store.eventsAfter({ owner, after, limit: batch })))

  return {
    /** Told that there may be news of a user. */
    wake,
    /** Told that notices may have been missed. */
    wakeAll() {
      for (const owner of waiting.keys()) wake(owner)
    },

    /** Where a reader begins: after the event it knows, or after the last one there is. */
    async start(owner: string, known: string | undefined): Promise<number> {
      const last = await store.lastEvent(owner)
      return known === undefined ? last : Math.min(Number(known), last)
    },

    /** All events after one, in their order, as they come; ends when `signal` aborts or the service closes. */
    async *follow({ owner, after, signal }: Reader): AsyncGenerator<OrderEvent> {
      const either = AbortSignal.any([signal, closing.signal])
      let last = after
      while (!either.aborted) {
        // Begins to wait before it looks, so that nothing falls in between.
        const notice = nextNotice(owner, either)
        try {
          const events = await nextEvents({ owner, after: last, signal: either })
          for (const event of events) {
            yield event
            last = event.number
          }
          if (events.length === 0) await notice.promise
        } finally {
          notice.release()
        }
      }
    },

    /** Ends all readers. */
    close() {
      closing.abort()
    }
  }
}
