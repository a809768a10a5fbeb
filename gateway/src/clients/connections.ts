import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { takenOf } from '@gatehouse/service-kit'
import { answerOn, turnsOf } from './connection.ts'

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
      seen.requests = turnsOf(socket)
      if (answerOn(socket)) continue
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
      const taken = takenOf(socket)
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
  !answerOn(socket) && turnsOf(socket) === requests
