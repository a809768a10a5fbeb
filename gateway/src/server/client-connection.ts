import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type ClientError, closeSlowly } from '@gatehouse/service-kit'
import { safeMethods } from '../http/protocol.ts'
import { responseUnderWay } from './node-internals.ts'

/** A request that its client waits for; it is notified of what becomes of the connection. */
export interface Waiting {
  /** The client sent a FIN; it may still be there to read. */
  clientSendsNoMore: () => void
  /** What the client sends is not HTTP any more, or did not come in time. */
  clientBroke: (error: ClientError) => void
  /** The connection is closed. */
  clientClosed: () => void
}

/** Requests of one connection that wait for their turn before no more of it is read. */
const maxQueued = 64
/** Requests that start before their turn: their responses wait in memory, whether the client reads or not (guarantee F47). */
const maxStartedEarly = 8

const key = Symbol('client connection')
type KnownSocket = Socket & { [key]?: ClientConnection }

/** The connection of a socket; made when it is first asked for. */
export function connectionOf(socket: Socket): ClientConnection {
  const known = socket as KnownSocket
  known[key] ??= new ClientConnection(socket)
  return known[key]
}

/** What Node calls when the last response of a connection has been sent. */
function destroySlowly(this: Socket) {
  connectionOf(this).announceEnd()
  closeSlowly(this)
}

/**
 * One client's connection: how many requests came on it, which of them wait for their turn, which are under way, and
 * whether its end has been announced. A class, because there are thousands and each request asks it.
 */
export class ClientConnection {
  readonly socket: Socket
  /** Requests that have come so far. */
  requests = 0
  /** On a connection whose end was announced no further request is served, even if it has arrived (RFC 9112 9.6). */
  isEndAnnounced = false
  #waiting: Waiting[] = []
  #queued = 0
  /** Responses that started before their turn: Node reports the end of the connection to none of them. */
  readonly #early = new Set<ServerResponse>()

  constructor(socket: Socket) {
    this.socket = socket
  }

  /** Reports the end of the connection to the requests under way; listens once, and not anew for each request. */
  watch() {
    // Each that hears of the end may leave the list.
    this.socket.once('end', () => {
      for (const exchange of [...this.#waiting]) exchange.clientSendsNoMore()
    })
    this.socket.once('close', () => {
      for (const exchange of [...this.#waiting]) exchange.clientClosed()
      for (const response of this.#early) response.emit('close')
    })
  }

  /** Reports to the requests under way that nothing more can be read of the client. */
  reportBroken(error: ClientError) {
    for (const exchange of [...this.#waiting]) exchange.clientBroke(error)
  }

  announceEnd() {
    this.isEndAnnounced = true
  }

  /** Lets the client read the last response though it is still sending (RFC 9112 9.6). */
  endSlowly() {
    this.socket.destroySoon = destroySlowly
  }

  /** Adds a request that the client waits for: one after the other, or several where they are pipelined. */
  waitOn(exchange: Waiting) {
    this.#waiting.push(exchange)
  }

  /** The client waits for it no longer; an idle connection keeps nothing of what was. */
  waitNoMore(exchange: Waiting) {
    const index = this.#waiting.indexOf(exchange)
    if (index === 0) this.#waiting.shift()
    else if (index > 0) this.#waiting.splice(index, 1)
  }

  /**
   * Calls `serve` now, or when all responses before this one have been sent. Of what is pipelined only safe requests may
   * run at the same time (RFC 9112 9.3.2), or a client that writes and then reads would read what was there before.
   */
  serveInTurn(request: IncomingMessage, response: ServerResponse, serve: () => void) {
    // Node gives a response its socket when it is its turn.
    if (response.socket || this.#startEarly(request, response)) serve()
    else this.#queue(response, serve)
  }

  #startEarly({ method = '' }: IncomingMessage, response: ServerResponse): boolean {
    const first = responseUnderWay(this.socket)?.req.method ?? ''
    const isFree = this.#queued === 0 && this.#early.size < maxStartedEarly
    if (!isFree || !safeMethods.has(method) || !safeMethods.has(first)) return false
    this.#early.add(response)
    response.once('socket', () => this.#early.delete(response))
    return true
  }

  #queue(response: ServerResponse, serve: () => void) {
    this.#queued += 1
    if (this.#queued >= maxQueued) this.#pause(() => this.#queued > 0)
    response.once('socket', () => {
      this.#queued -= 1
      if (this.#queued === 0) this.socket.resume()
      process.nextTick(serve)
    })
  }

  /** Reads nothing more of a connection until the response that is under way has been sent (guarantee F47). */
  pauseUntilSent() {
    this.#pause(() => responseUnderWay(this.socket) !== null)
  }

  /** Pauses if that is still right then: behind a request without a body Node reads on when its listeners return. */
  #pause(isRight: () => boolean) {
    process.nextTick(() => isRight() && this.socket.pause())
  }

  /** Calls `then` when every response that is under way has been sent. */
  afterResponses(then: () => void) {
    const underWay = responseUnderWay(this.socket)
    if (!underWay || underWay.writableFinished) then()
    else underWay.once('finish', () => setImmediate(() => this.afterResponses(then)))
  }

  /**
   * Node removes its listeners from a connection on which CONNECT was requested, though responses may be under way on it:
   * without listeners a reset would end the process, and what the client has to read first would wait for ever.
   */
  listenAgain() {
    this.socket
      .on('error', () => {})
      .on('drain', () => responseUnderWay(this.socket)?.emit('drain'))
      .resume()
  }
}
