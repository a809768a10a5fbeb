import { createSemaphore } from '@gatehouse/service-kit'
import type { Order } from '../orders/contract.ts'
import type { OrderStreamStore } from './store.ts'

interface Deps {
  store: Pick<OrderStreamStore, 'lastEvent' | 'eventsAfter'>
}

export interface OrderEvent {
  number: number
  order: Order
}

/** Events in their order; the same array for all streams of a user that go on after the same event. */
export type OrderEvents = readonly OrderEvent[]

interface Stream {
  owner: string
  /** The number of the last event that is known. */
  after: number
  signal: AbortSignal
}

/** A stream that has passed on what it had, and waits for more. */
interface Waiting {
  after: number
  resolve: (events: OrderEvents) => void
  reject: (error: unknown) => void
}

const batch = 100
/** Users whose events are looked for at once: fewer than there are connections to the database. */
const mostLooking = 4

type Look = (after: number) => Promise<OrderEvents>

/**
 * Reads the events of one user, for all streams that follow them: one look at a time, whose events go to each stream
 * that waits for one of them.
 */
class UserReader {
  /** Streams that are to be looked for, the one that has waited longest first. */
  #waiting: Waiting[] = []
  /** Streams that have had all events there were; a notice lets them wait for a look. */
  readonly #idle = new Set<Waiting>()
  readonly #look: Look
  readonly #takeTurn: (job: () => Promise<void>) => Promise<void>
  #isLooking = false
  /** Whether there was a notice since the look under way began. */
  #isNoticed = false
  /** Open streams. */
  streams = 0

  constructor(look: Look, takeTurn: (job: () => Promise<void>) => Promise<void>) {
    this.#look = look
    this.#takeTurn = takeTurn
  }

  /** There may be new events. */
  wake() {
    this.#isNoticed = true
    this.#waiting.push(...this.#idle)
    this.#idle.clear()
    void this.#lookOn()
  }

  /** Gives the next events after number `after`, at least one; none at all once `signal` is aborted. */
  async next(after: number, signal: AbortSignal): Promise<OrderEvents> {
    if (signal.aborted) return []
    const { promise, resolve, reject } = Promise.withResolvers<OrderEvents>()
    const one = { after, resolve, reject }
    const leave = () => {
      if (!this.#idle.delete(one)) this.#waiting = this.#waiting.filter((other) => other !== one)
      resolve([])
    }
    signal.addEventListener('abort', leave, { once: true })
    this.#waiting.push(one)
    void this.#lookOn()
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  /** Looks again and again, each time in turn with other users, until no stream waits. Never rejects. */
  async #lookOn() {
    if (this.#isLooking) return
    this.#isLooking = true
    while (this.#waiting.length > 0) await this.#takeTurn(async () => this.#lookOnce())
    this.#isLooking = false
  }

  async #lookOnce() {
    const [first] = this.#waiting
    // All streams may have ended before the turn came.
    if (first === undefined) return
    this.#isNoticed = false
    try {
      this.#deliver(first.after, await this.#look(first.after))
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    }
  }

  /** Passes the events `found` after number `after` on; a stream that is elsewhere waits for another look. */
  #deliver(after: number, found: OrderEvents) {
    const last = found.at(-1)?.number ?? after
    const isAll = found.length < batch
    const parts = new Map([[after, found]])
    for (const one of this.#waiting.splice(0)) {
      const isBehind = one.after < after || (one.after >= last && (!isAll || this.#isNoticed))
      if (isBehind) this.#waiting.push(one)
      else if (one.after >= last) this.#idle.add(one)
      else one.resolve(partAfter(parts, one.after, found))
    }
  }
}

/** The events of `found` after number `after`, kept in `parts`, so that streams in the same place share them. */
function partAfter(parts: Map<number, OrderEvents>, after: number, found: OrderEvents) {
  const part = parts.get(after) ?? found.filter(({ number }) => number > after)
  parts.set(after, part)
  return part
}

/**
 * Reads where a user's events end: at most one question a user at a time, and another for all that came meanwhile; they
 * want to know of what had happened when they came.
 */
function createLastEvents(store: Deps['store']) {
  const running = new Map<string, Promise<number>>()
  const following = new Map<string, Promise<number>>()

  function ask(owner: string) {
    const last = store.lastEvent(owner).finally(() => running.delete(owner))
    running.set(owner, last)
    return last
  }

  async function askAfter(before: Promise<number>, owner: string) {
    try {
      await before
    } finally {
      following.delete(owner)
    }
    return ask(owner)
  }

  return async function lastEvent(owner: string): Promise<number> {
    const before = running.get(owner)
    if (before === undefined) return ask(owner)
    const next = following.get(owner) ?? askAfter(before, owner)
    following.set(owner, next)
    return next
  }
}

export type Feed = ReturnType<typeof createFeed>

/**
 * The events of each user's orders, for any number of streams. What is read is the database; a notice of it only
 * says when to look, so one that is lost, late or doubled loses and doubles no event.
 */
export function createFeed({ store }: Deps) {
  const readers = new Map<string, UserReader>()
  const closing = new AbortController()
  /** All users are looked for where notices may have been missed, and a connection is waited for 800 ms, no more. */
  const turns = createSemaphore(mostLooking)
  const lastEvent = createLastEvents(store)

  function readerOf(owner: string): UserReader {
    const known = readers.get(owner)
    if (known) return known
    const look: Look = async (after) => store.eventsAfter({ owner, after, limit: batch })
    const reader = new UserReader(look, async (job) => turns.run(job, owner))
    readers.set(owner, reader)
    return reader
  }

  return {
    /** Told that there may be news of a user. */
    wake(owner: string) {
      readers.get(owner)?.wake()
    },
    /** Told that notices may have been missed. */
    wakeAll() {
      for (const reader of readers.values()) reader.wake()
    },

    /** Where a stream begins: after the event it knows, or after the last one there is. */
    async start(owner: string, known: string | undefined): Promise<number> {
      const last = await lastEvent(owner)
      return known === undefined ? last : Math.min(Number(known), last)
    },

    /** All events after one, in their order, some at a time, as they come; ends when `signal` aborts or the service closes. */
    async *follow({ owner, after, signal }: Stream): AsyncGenerator<OrderEvents> {
      const either = AbortSignal.any([signal, closing.signal])
      const reader = readerOf(owner)
      reader.streams += 1
      let last = after
      try {
        while (!either.aborted) {
          const events = await reader.next(last, either)
          if (events.length > 0) yield events
          last = events.at(-1)?.number ?? last
        }
      } finally {
        reader.streams -= 1
        if (reader.streams === 0 && readers.get(owner) === reader) readers.delete(owner)
      }
    },

    /** Ends all streams. */
    close() {
      closing.abort()
    }
  }
}
