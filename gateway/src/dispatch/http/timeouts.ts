import { bytesTaken, ProblemError } from '@gatehouse/service-kit'
import type { Exchange } from '../../exchange.ts'
import { hasBody } from '../../http/protocol.ts'
import type { Route } from '../../route-table/types.ts'
import type { RequestBody } from './request-body.ts'

/** Something to look at when its time has come, which it mostly does not: it is over before. */
export abstract class Deadline {
  /** In ms of `performance.now()`; Infinity where it is not waited for. */
  dueAt = Number.POSITIVE_INFINITY
  before: Deadline | null = null
  after: Deadline | null = null

  abstract look(): void
}

/**
 * Many deadlines behind one timer: it is set for the first of them, and left alone when that is called off. A timer of
 * Node for each costs more, above all where requests come one by one and the list that Node keeps for a duration is
 * made and thrown away with each. They are chained to each other, since a Set of what lives so shortly is slower still.
 */
export class Deadlines {
  #first: Deadline | null = null
  #timer: NodeJS.Timeout | undefined
  /** When the timer goes off; Infinity where none is set. */
  #wakesAt = Number.POSITIVE_INFINITY

  /** Looks at `deadline` once, at `dueAt` (ms of `performance.now()`) or a little later; it waits for nothing yet. */
  add(deadline: Deadline, dueAt: number) {
    deadline.dueAt = dueAt
    deadline.after = this.#first
    if (this.#first) this.#first.before = deadline
    this.#first = deadline
    if (dueAt < this.#wakesAt) this.#wakeAt(dueAt)
  }

  /** All that are waited for now. */
  all(): Deadline[] {
    const found: Deadline[] = []
    for (let one = this.#first; one; one = one.after) found.push(one)
    return found
  }

  /** Calls it off, where it is waited for. */
  remove(deadline: Deadline) {
    const { before, after } = deadline
    if (this.#first === deadline) this.#first = after
    if (before) before.after = after
    if (after) after.before = before
    deadline.before = null
    deadline.after = null
    deadline.dueAt = Number.POSITIVE_INFINITY
  }

  /** What is waited for has a connection, which keeps the process going; the timer does not. */
  #wakeAt(time: number) {
    clearTimeout(this.#timer)
    this.#wakesAt = time
    const ms = Math.max(Math.ceil(time - performance.now()), 0)
    this.#timer = setTimeout(() => this.#wake(), ms).unref()
  }

  #wake() {
    this.#wakesAt = Number.POSITIVE_INFINITY
    const now = performance.now()
    const due: Deadline[] = []
    let next = Number.POSITIVE_INFINITY
    for (let one = this.#first; one; one = one.after) {
      if (one.dueAt <= now) due.push(one)
      else next = Math.min(next, one.dueAt)
    }
    if (next < this.#wakesAt) this.#wakeAt(next)
    for (const one of due) {
      // Looking at one may have called off another.
      if (one.dueAt > now) continue
      this.remove(one)
      one.look()
    }
  }
}

/** Longest silence of a client in the middle of its body, in ms (guarantee F20). */
export const bodyStallMs = 10_000
/** Bytes a second that keep a response going beyond its route's time, and a large body that has a slot; Apache's mod_reqtimeout asks for 500. */
const minRate = 1024

const slowUpstream = Object.assign(new Error('no response in time'), {
  code: 'UND_ERR_HEADERS_TIMEOUT'
})
/** One attempt has had its time, and another may do better. */
const slowAttempt = Object.assign(new Error('no response to this attempt in time'), {
  code: 'TRY_TIMEOUT'
})
const slowClient = () =>
  new ProblemError(408, 'request-timeout', 'The body did not arrive in time. Send it faster.', {
    headers: { connection: 'close' }
  })

/** Whether the client is expected to send more of its body, rather than the upstream to read it or to answer. */
const clientOwes = ({ request }: Exchange) =>
  hasBody(request) && !request.complete && !request.isPaused()

interface Owner {
  exchange: Exchange
  /** Told that somebody has had the time that was theirs. */
  timedOut: (error: Error) => void
  /** Told that the session of its request is revoked. */
  sessionRevoked: () => void
  /** Told that its client holds a slot that others wait for, and moves nothing. */
  clientStalled: (error: Error) => void
  /** The body of the request; null where it has none. */
  body: RequestBody | null
}

/** How long a transfer may stand still because of its client while others wait for its slot, in ms. */
const maxStalledMs = 1000

/** Aborts the transfers of a service whose clients have moved nothing for a second: others wait for their slots. */
export function abortStalled(deadlines: Deadlines, service: string) {
  for (const deadline of deadlines.all())
    if (deadline instanceof ExchangeTimeouts) deadline.abortIfStalled(service)
}

/** Ends the requests under way, among those that `deadlines` wait for, whose session is revoked. */
export function endRevoked(deadlines: Deadlines, session: string) {
  for (const deadline of deadlines.all())
    if (deadline instanceof ExchangeTimeouts) deadline.endIfOf(session)
}

/**
 * Keeps the times of one exchange (guarantees F20, F32, G1) with one deadline, at which it looks at what has
 * happened since instead of setting it anew with every byte. A class for the reason that ProxyExchange is one.
 */
export class ExchangeTimeouts extends Deadline {
  readonly #owner: Owner
  readonly #route: Route
  readonly #stallMs: number
  readonly #deadlines: Deadlines
  /** When the request came or its body last moved; then when the answer's body began or was last looked at. */
  #since: number
  #attemptedAt: number | null = null
  /** Body bytes of the answer since then; -1 until the first. */
  #moved = -1
  /** When the rate of the request's body was last judged, and what had come by then. */
  #judgedAt: number
  #receivedBefore = 0
  #lastMoved: number | null = null
  #stalledSince = 0

  constructor(
    owner: Owner,
    { route, stallMs, deadlines }: { route: Route; stallMs: number; deadlines: Deadlines }
  ) {
    super()
    this.#deadlines = deadlines
    this.#owner = owner
    this.#route = route
    this.#stallMs = stallMs
    this.#since = owner.exchange.startedAt
    this.#judgedAt = this.#since
    const { timeoutMs, tryMs } = route
    deadlines.add(this, this.#since + Math.min(timeoutMs, tryMs ?? timeoutMs, stallMs))
  }

  /** An attempt has its connection, or none yet. */
  attemptStarted(hasConnection: boolean) {
    if (this.#route.tryMs !== null) this.#attemptedAt = hasConnection ? performance.now() : null
  }

  /** A part of the request's body went on to the upstream. */
  bodyMoved() {
    this.#since = performance.now()
  }

  /** A part of the answer's body came that is not all of it. */
  responseMoved(bytes: number) {
    if (this.#moved < 0) this.#since = performance.now()
    this.#moved = Math.max(this.#moved, 0) + bytes
  }

  stop() {
    this.#deadlines.remove(this)
  }

  /** Compares with what had moved when it was called before: it is called a few times a second, and only under pressure. */
  abortIfStalled(service: string) {
    if (this.#route.service.name !== service) return
    const now = performance.now()
    const moved = this.#movedByClient()
    if (moved === null || moved !== this.#lastMoved) this.#stalledSince = now
    this.#lastMoved = moved
    if (now - this.#stalledSince >= maxStalledMs) this.#owner.clientStalled(slowClient())
  }

  /** Bytes that the client has moved of the transfer that its slot waits for; null where it does not wait for the client. */
  #movedByClient(): number | null {
    const { exchange, body } = this.#owner
    if (exchange.response.writableNeedDrain) return bytesTaken(exchange.request.socket)
    return body?.isGone && clientOwes(exchange) ? body.received : null
  }

  endIfOf(session: string) {
    if (this.#owner.exchange.claims?.sid === session) this.#owner.sessionRevoked()
  }

  /** Waits for so many ms from now. */
  extend(ms: number) {
    this.#deadlines.remove(this)
    this.#deadlines.add(this, performance.now() + ms)
  }

  override look() {
    const isUnderWay = this.#owner.exchange.response.headersSent
    const verdict = isUnderWay ? this.#lookAtRest() : this.#lookAtBeginning()
    if (typeof verdict === 'number') this.extend(verdict)
    else this.#owner.timedOut(verdict)
  }

  /** How long an answer that has not begun may still be waited for, or who is to blame that it may not. */
  #lookAtBeginning(): number | Error {
    const { timeoutMs, tryMs } = this.#route
    const waitedMs = performance.now() - this.#since
    if (clientOwes(this.#owner.exchange)) {
      if (waitedMs >= this.#stallMs || this.#isBodyTooSlow()) return slowClient()
      // Looked at again within the line's own time, which begins as soon as the body is whole.
      return Math.min(this.#stallMs - waitedMs, timeoutMs)
    }
    if (waitedMs >= timeoutMs) return slowUpstream
    if (tryMs === null) return timeoutMs - waitedMs
    const attemptLeftMs =
      this.#attemptedAt === null ? tryMs : this.#attemptedAt + tryMs - performance.now()
    return attemptLeftMs <= 0 ? slowAttempt : Math.min(attemptLeftMs, timeoutMs - waitedMs)
  }

  /** Whether a large body, which holds a slot, has come more slowly than it may since it was last judged. */
  #isBodyTooSlow(): boolean {
    const { body } = this.#owner
    const windowMs = performance.now() - this.#judgedAt
    if (!body?.isGone || windowMs < this.#stallMs) return false
    const bytes = body.received - this.#receivedBefore
    this.#judgedAt += windowMs
    this.#receivedBefore = body.received
    // Where the upstream was slow in between, it is not known who was slower.
    return !body.takePaused() && bytes < (minRate * windowMs) / 1000
  }

  /** An answer that is under way goes on where it moves, or waits for the client to take it. */
  #lookAtRest(): number | Error {
    const now = performance.now()
    const due = (minRate * (now - this.#since)) / 1000
    if (this.#moved < due && !this.#owner.exchange.response.writableNeedDrain) return slowUpstream
    this.#since = now
    this.#moved = 0
    return this.#route.timeoutMs
  }
}
