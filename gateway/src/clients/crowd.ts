import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { answerRaw, unavailable } from '@gatehouse/service-kit'
import type { FastifyBaseLogger } from 'fastify'
import type { Connections } from './connections.ts'
import { placesFor } from './places.ts'

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
  const problem = unavailable('overloaded', 'Too many clients are connected.', retryAfterSeconds)
  answerRaw(socket, problem, log)
  // At once: whoever is on top of all that may be open must not stay.
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
 * Keeps the clients of `server` to `wanted` connections (PROMISES F35): who comes on top takes the place of the one that
 * has asked for nothing for longest; where each has a request under way, it is answered 503. nginx does the
 * same with its `worker_connections`, so that connections without requests cannot keep out those with one.
 */
export function limitCrowd(server: Server, connections: Connections, { log, wanted }: Limit) {
  const most = placesFor(wanted)
  if (most < wanted)
    log.info(`At most ${most} clients are served at once: no more files may be open.`)
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
