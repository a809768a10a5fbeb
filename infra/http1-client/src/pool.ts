import { Connection } from './connection.ts'
import { failure } from './errors.ts'
import { type ConnectionOptions, type Destination, destinationOf } from './origin.ts'
import { Call, type CallOptions, type Handler } from './request.ts'

/** What waits for a connection on behalf of one client, and how many connections that client holds. */
interface Client {
  waiting: Call[]
  inFlight: number
  isListed: boolean
}

/**
 * Requests that wait for a connection, by client. Clients take turns, and none is given more than `maxPerClient`
 * connections at a time, so that the requests of one hold up nobody else's. Items of one client keep their order.
 */
class FairQueue {
  readonly #maxPerClient: number
  readonly #clients = new Map<string, Client>()
  /** The clients with something that may be sent; the first is next. */
  readonly #turns: Client[] = []
  #size = 0

  /** @param maxPerClient the most connections that one client holds */
  constructor(maxPerClient: number) {
    this.#maxPerClient = maxPerClient
  }

  /** How many items wait. */
  get size(): number {
    return this.#size
  }

  /** Whether a request waits whose client may have another connection. */
  get hasNext(): boolean {
    return this.#turns.length > 0
  }

  push(call: Call) {
    const client = this.#clientOf(call)
    client.waiting.push(call)
    this.#size += 1
    this.#list(client)
  }

  /** Takes the next call out; it counts as a connection of its client until `release` or `putBack`. */
  take(): Call | undefined {
    const client = this.#turns.shift()
    const call = client?.waiting.shift()
    if (!client || call === undefined) return undefined
    this.#size -= 1
    client.isListed = false
    client.inFlight += 1
    this.#list(client)
    return call
  }

  /** Undoes `take`: the call is its client's next one again. */
  putBack(call: Call) {
    this.#clientOf(call).waiting.unshift(call)
    this.#size += 1
    this.release(call.client)
  }

  /** A connection of this client is free again. */
  release(name: string) {
    const client = this.#clients.get(name)
    if (!client) return
    client.inFlight -= 1
    this.#list(client)
    this.#forgetIdle(name, client)
  }

  /** Removes a request that waits. */
  remove(call: Call) {
    const client = this.#clients.get(call.client)
    const index = client?.waiting.indexOf(call) ?? -1
    if (!client || index === -1) return
    client.waiting.splice(index, 1)
    this.#size -= 1
    if (client.isListed && client.waiting.length === 0) {
      this.#turns.splice(this.#turns.indexOf(client), 1)
      client.isListed = false
    }
    this.#forgetIdle(call.client, client)
  }

  #clientOf({ client: name }: Call): Client {
    let client = this.#clients.get(name)
    if (!client) {
      client = { waiting: [], inFlight: 0, isListed: false }
      this.#clients.set(name, client)
    }
    return client
  }

  #list(client: Client) {
    const mayGo = client.waiting.length > 0 && client.inFlight < this.#maxPerClient
    if (client.isListed || !mayGo) return
    client.isListed = true
    this.#turns.push(client)
  }

  #forgetIdle(name: string, { waiting, inFlight }: Client) {
    if (waiting.length === 0 && inFlight === 0) this.#clients.delete(name)
  }
}

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
 * Kept-alive connections to one upstream, for HTTP/1.1; a dispatcher like undici's as far as a proxy needs it
 * (docs/decisions/0018 says why there are two). The connection that was used last is used first, so that the others can go.
 */
export class HttpPool {
  readonly #destination: Destination
  readonly #most: number
  readonly #idle: Connection[] = []
  readonly #open = new Set<Connection>()
  readonly #waiting: FairQueue
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
