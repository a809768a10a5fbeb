import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { bytesTaken, respondRaw, unavailable } from '@gatehouse/service-kit'
import type { FastifyBaseLogger } from 'fastify'
import { connectionOf } from './client-connection.ts'
import { responseUnderWay } from './node-internals.ts'

/** How many files and connections this process may have open; Infinity where the system does not say. */
function openFiles(): number {
  // It would ask for the names of all addresses that it is connected to.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft: unknown } }
  }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
}

/** Files, and connections to nobody's client: the log, the listener, what asks services for their health. */
const besides = 64

/**
 * For how many clients there is place: `wanted`, or fewer where so many files may not be open, of which each client
 * needs two, one for the upstream that it asks.
 */
export function placesFor(wanted: number, files = openFiles()): number {
  return Math.max(1, Math.min(wanted, Math.floor((files - besides) / 2)))
}

/** What was seen of a connection when it was looked at, with times in ms of `performance.now()`. */
interface Seen {
  bytes: number
  /** Since when not a byte has come. */
  silentSince: number
  requests: number
  /** Since when it has asked for nothing. */
  restingSince: number
  /** What it has taken of its answers, where more is to be had. */
  taken: number
  /** Since when it has taken nothing of it. */
  unreadSince: number
}

/** A connection on which no answer is under way. */
export interface Idle {
  socket: Socket
  /** How long not a byte has come, in ms. */
  silentMs: number
  /** How long it has asked for nothing, in ms: what belongs to no whole header section counts for nothing. */
  restingMs: number
}

/**
 * The connections of a server's clients, and how long each has asked for nothing. They are looked at now and then, so
 * that a request costs nothing more; times are as exact as the looks are frequent.
 */
export class Connections {
  /** Tunnels have a time of their own, and are never idle. */
  readonly #open = new Map<Socket, Seen | 'tunnel'>()

  constructor(server: Server) {
    server.on('connection', (socket) => {
      const now = performance.now()
      this.#open.set(socket, {
        bytes: 0,
        silentSince: now,
        requests: 0,
        restingSince: now,
        taken: 0,
        unreadSince: now
      })
      socket.once('close', () => this.#open.delete(socket))
    })
    server.on('upgrade', (_request, socket) => this.#open.set(socket as Socket, 'tunnel'))
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size
  }

  /** Those that ask for nothing now. */
  idle(): Idle[] {
    const now = performance.now()
    const found: Idle[] = []
    for (const [socket, seen] of this.#open) {
      if (seen === 'tunnel') continue
      const isResting = isAsSeen(socket, seen)
      if (!isResting) seen.restingSince = now
      if (!isResting || socket.bytesRead !== seen.bytes) seen.silentSince = now
      seen.bytes = socket.bytesRead
      seen.requests = connectionOf(socket).requests
      if (responseUnderWay(socket)) continue
      found.push({ socket, silentMs: now - seen.silentSince, restingMs: now - seen.restingSince })
    }
    return found
  }

  /** Those whose answers wait for them to read on, and for how long they have not, in ms. */
  unread(): { socket: Socket; unreadMs: number }[] {
    const now = performance.now()
    const found: { socket: Socket; unreadMs: number }[] = []
    for (const [socket, seen] of this.#open) {
      if (seen === 'tunnel') continue
      const taken = bytesTaken(socket)
      if (socket.writableLength === 0 || taken !== seen.taken) seen.unreadSince = now
      seen.taken = taken
      if (socket.writableLength > 0) found.push({ socket, unreadMs: now - seen.unreadSince })
    }
    return found
  }

  /** Whether `socket` has asked for nothing since it was last looked at. */
  isResting(socket: Socket): boolean {
    const seen = this.#open.get(socket)
    return seen !== undefined && seen !== 'tunnel' && isAsSeen(socket, seen)
  }

  /** Closes it, and forgets it at once. */
  close(socket: Socket) {
    this.#open.delete(socket)
    socket.destroy()
  }
}

const isAsSeen = (socket: Socket, { requests }: Seen) =>
  !responseUnderWay(socket) && connectionOf(socket).requests === requests

/** When a client may try again that found no place, in seconds. */
const retryAfterSeconds = 1
/** A crowd is told of at once, and then this often, in ms. */
const tellMs = 60_000
/** All connections are looked at no more often than once in this time for each of them, in ms. */
const lookMsEach = 0.01

/** Tells of those who were closed or refused, at once and then once a minute with their numbers. */
function createTeller(log: FastifyBaseLogger, most: number) {
  const count = { closed: 0, refused: 0 }
  let timer: NodeJS.Timeout | undefined
  function tell() {
    timer = undefined
    if (count.closed + count.refused === 0) return
    log.warn({ most, ...count }, 'too many connections')
    Object.assign(count, { closed: 0, refused: 0 })
    timer = setTimeout(tell, tellMs).unref()
  }
  return (what: keyof typeof count) => {
    count[what] += 1
    if (!timer) tell()
  }
}

interface Limit {
  log: FastifyBaseLogger
  /** How many clients may be connected; fewer are let in where so many files may not be open. */
  wanted: number
}

function refuse(socket: Socket, log: FastifyBaseLogger) {
  const problem = unavailable(
    'overloaded',
    'Too many clients are connected. Try again shortly.',
    retryAfterSeconds
  )
  respondRaw(socket, problem, log)
  // At once: a connection over the limit must not stay.
  socket.destroySoon()
}

/** Gives, one after the other, the connections that have asked for nothing for longest. */
function createQueue(connections: Connections) {
  /** The last is next. */
  let queue: Socket[] = []
  let lookedAt = Number.NEGATIVE_INFINITY
  function refill() {
    const now = performance.now()
    if (now - lookedAt < connections.size * lookMsEach) return
    lookedAt = now
    const idle = connections.idle().sort((a, b) => a.restingMs - b.restingMs)
    queue = idle.map(({ socket }) => socket)
  }
  return function next(): Socket | undefined {
    if (queue.length === 0) refill()
    // What was idle may have asked for something since.
    for (let socket = queue.pop(); socket; socket = queue.pop())
      if (connections.isResting(socket)) return socket
    return undefined
  }
}

/**
 * Keeps the clients of `server` to `wanted` connections (guarantee F63): when the limit is reached, the connection that has been idle
 * longest is closed in favour of the new one; where each has a request under way, it is answered 503. nginx does the
 * same with its `worker_connections`, so that connections without requests cannot keep out those with one.
 */
export function limitCrowd(server: Server, connections: Connections, { log, wanted }: Limit) {
  const most = placesFor(wanted)
  if (most < wanted)
    log.info(
      `Connection limit lowered to ${most}: the open-file limit (ulimit -n) is too low for ${wanted}.`
    )
  const next = createQueue(connections)
  const tell = createTeller(log, most)
  server.on('connection', (socket) => {
    if (connections.size <= most) return
    const resting = next()
    if (resting === undefined || resting === socket) {
      refuse(socket, log)
      tell('refused')
    } else {
      connections.close(resting)
      tell('closed')
    }
  })
}

/** How long a client may keep a connection without a request, in ms: longer than load balancers do (60 s). */
export const keepAliveMs = 72_000
/** A request that is sent at the last moment is still on its way then, in ms. */
const marginMs = 1000
/** How long a client may leave an answer unread, in ms (nginx, send_timeout). */
const unreadMostMs = 60_000
/** Connections are looked at this often, in ms. */
const lookMs = 3000

/**
 * Closes connections of `server` on which no answer is under way and nothing came for `keepAliveMs`, and those whose
 * client takes nothing of its answer, which would hold memory and a place for ever (guarantee F45).
 * Node's own `keepAliveTimeout` sets a timer after each answer and clears it before the next request; this looks
 * at all connections now and then.
 */
export function closeIdleAndUnread(server: Server, connections: Connections) {
  const look = () => {
    for (const { socket, silentMs } of connections.idle())
      if (silentMs > keepAliveMs + marginMs) connections.close(socket)
    for (const { socket, unreadMs } of connections.unread())
      if (unreadMs > unreadMostMs) connections.close(socket)
  }
  const timer = setInterval(look, lookMs).unref()
  server.once('close', () => clearInterval(timer))
}
