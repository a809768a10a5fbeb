import { Connection } from './connection.ts'
import { failure } from './errors.ts'
import { FairQueue } from './fair-queue.ts'
import { type ConnectionOptions, type Destination, destinationOf } from './origin.ts'
import { Call, type CallOptions, type Handler } from './request.ts'

export interface PoolOptions extends ConnectionOptions {
  /** Most connections at a time; a request that finds none free waits. */
  connections: number
  /** Most connections at a time for requests of one client; all of them where it is not given. */
  perClient?: number
}

/** How often idle connections are looked through for those that are overdue, in ms. */
const sweepMs = 1000

const closing = () => failure('UND_ERR_CLOSED', 'the pool is closed')

/**
 * Kept-alive connections to one upstream, for HTTP/1.1; a dispatcher like undici's as far as the relay uses it
 * (docs/decisions/0018 says why there are two). The connection that was used last is used first, so that the others can go.
 */
export class HttpPool {
  readonly #destination: Destination
  readonly #most: number
  readonly #idle: Connection[] = []
  readonly #open = new Set<Connection>()
  readonly #waiting: FairQueue<Call>
  #isDue = false
  #sweep: NodeJS.Timeout | null = null
  #closed: (() => void) | null = null

  /** @param origin scheme, host and port */
  constructor(origin: string, options: PoolOptions) {
    this.#destination = destinationOf(origin, options)
    this.#most = options.connections
    this.#waiting = new FairQueue(options.perClient ?? options.connections)
  }

  /** Whether a request waits only because all connections are in use. */
  get isFull(): boolean {
    return this.#waiting.hasNext && this.#idle.length === 0 && this.#open.size >= this.#most
  }

  /** Sends a request as soon as a connection is free, and tells `handler` of its answer; gives what can be called off. */
  dispatch(options: CallOptions, handler: Handler): Call {
    const call = new Call(options, handler, this.#forget)
    if (this.#closed) call.fail(closing())
    else this.#waiting.push(call)
    this.#serve()
    return call
  }

  /**
   * Once in a turn of the event loop, after sockets were read: what an upstream has sent or closed without being
   * asked is then seen before the next request goes out, and cannot pass for its answer.
   */
  #serve() {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      this.#assign()
    })
  }

  /** Nobody waits for this call any more: it takes no place in the queue, and no connection. */
  readonly #forget = (call: Call) => {
    this.#waiting.remove(call)
    this.#settle()
  }

  #assign() {
    const now = performance.now()
    for (let call = this.#waiting.take(); call; call = this.#waiting.take()) {
      if (call.isOver) this.#waiting.release(call.client)
      else if (!this.#give(call, now)) {
        this.#waiting.putBack(call)
        break
      }
    }
  }

  /** Gives a call to a connection; false where none is free and no more may be opened. */
  #give(call: Call, now: number): boolean {
    const isFull = this.#open.size >= this.#most
    const found = call.repeated && !isFull ? undefined : this.#takeIdle(now)
    if (found) {
      found.run(call, now)
      return true
    }
    if (this.#open.size >= this.#most) return false
    this.#open.add(new Connection(this.#destination, this.#owner, call))
    this.#sweep ??= setInterval(() => this.#dropOverdue(), sweepMs).unref()
    return true
  }

  #takeIdle(now: number): Connection | undefined {
    for (let found = this.#idle.pop(); found; found = this.#idle.pop()) {
      if (found.isUsable(now)) return found
      found.breakOff(closing())
    }
    return undefined
  }

  readonly #owner = {
    idle: (connection: Connection) => {
      this.#idle.push(connection)
      this.#release(connection)
      if (this.#closed) this.#closeIdle()
    },
    missed: (call: Call) => {
      this.#waiting.push(call)
      this.#serve()
    },
    gone: (connection: Connection) => {
      this.#open.delete(connection)
      const index = this.#idle.indexOf(connection)
      if (index !== -1) this.#idle.splice(index, 1)
      this.#release(connection)
      this.#settle()
    }
  }

  #release(connection: Connection) {
    if (connection.client !== null) this.#waiting.release(connection.client)
    connection.client = null
    if (this.#waiting.hasNext) this.#serve()
  }

  /** The longest idle stand first. */
  #dropOverdue() {
    const now = performance.now()
    for (const connection of this.#idle.filter((connection) => !connection.isUsable(now)))
      connection.breakOff(closing())
  }

  #closeIdle() {
    for (const connection of this.#idle.splice(0)) connection.breakOff(closing())
  }

  /** Takes no more requests, and resolves when those under way are over. */
  async close() {
    clearInterval(this.#sweep ?? undefined)
    const over = new Promise<void>((resolve) => {
      this.#closed = resolve
    })
    this.#closeIdle()
    this.#settle()
    await over
  }

  #settle() {
    if (this.#open.size === 0 && this.#waiting.size === 0) this.#closed?.()
  }
}
