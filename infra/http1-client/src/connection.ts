import type { Socket } from 'node:net'
import { failure } from './errors.ts'
import { type Destination, openSocket } from './origin.ts'
import { ReadBuffer } from './read-buffer.ts'
import type { Call, Line } from './request.ts'
import { sendBodyless, sendRequest } from './request.ts'
import { Answer } from './response-parser.ts'

interface Owner {
  /** The connection has answered and can be asked again. */
  idle: (connection: Connection) => void
  /** The connection is no more. */
  gone: (connection: Connection) => void
  /** The connection was closed before it was used again: the call is still to be made. */
  missed: (call: Call) => void
}

const closed = () => failure('UND_ERR_SOCKET', 'the upstream closed the connection')
const unasked = () => failure('UND_ERR_SOCKET', 'the upstream answered without being asked')
const slow = () => failure('UND_ERR_CONNECT_TIMEOUT', 'no connection in time')
/**
 * A kept connection that closes so soon after a request was written was closing before, in ms. What takes longer may
 * have been read, and failed of it: whether that is asked again is not decided here.
 */
const crossingMs = 15
/** An upstream that tells how long it waits is asked no more this long before, in ms. */
const marginMs = 1000

/** One connection to an upstream: one request at a time, as long as both sides keep it in step. */
export class Connection implements Line {
  /** The client whose request it carries; null where it is idle. */
  client: string | null
  readonly #destination: Destination
  readonly #owner: Owner
  readonly #socket: Socket
  #call: Call | null
  #answer: Answer | null = null
  #sending = false
  /** When a request was written to it that was not its first, in ms of `performance.now()`. */
  #reusedAt = Number.NEGATIVE_INFINITY
  #isPaused = false
  readonly #memory: ReadBuffer
  #idleUntil = 0

  /** Opens it for `call`. */
  constructor(destination: Destination, owner: Owner, call: Call) {
    this.#destination = destination
    this.#owner = owner
    this.#call = call
    this.client = call.client
    this.#memory = new ReadBuffer(destination.readBytes)
    this.#socket = openSocket(destination, {
      memory: () => this.#memory.next(),
      read: (size) => this.#read(size),
      connected: () => this.#begin(),
      late: () => this.breakOff(slow()),
      ended: () => this.#ended(),
      failed: (error) => this.#lost(error),
      closed: () => {
        this.#lost(closed())
        this.#memory.release()
        owner.gone(this)
      }
    })
  }

  /** Whether it may be given another call, at `now` in ms of `performance.now()`. */
  isUsable(now: number): boolean {
    return !this.#socket.destroyed && now < this.#idleUntil
  }

  /** Sends a request over an idle connection, at `now` in ms of `performance.now()`. */
  run(call: Call, now: number) {
    this.#call = call
    this.client = call.client
    this.#reusedAt = now
    this.#begin()
  }

  #begin() {
    const call = this.#call
    if (call === null) return
    if (!call.begin(this)) return this.#rest(null)
    this.#answer = new Answer(call, this.#destination.maxHeaderBytes)
    const { head } = this.#destination
    const { options } = call
    if (options.body === null) return sendBodyless(this.#socket, options, head)
    this.#sending = true
    sendRequest(this.#socket, options, options.body, {
      head,
      moved: (bytes) => call.handler.onBodySent?.(bytes),
      sent: () => {
        this.#sending = false
      },
      failed: (error) => this.breakOff(error)
    })
  }

  #read(size: number) {
    const answer = this.#answer
    if (answer === null) return this.breakOff(unasked())
    try {
      const verdict = answer.take(this.#memory.filled(size))
      if (verdict !== 'more' && this.#answer === answer) this.#complete(verdict === 'done')
    } catch (error) {
      this.breakOff(error as Error)
    }
  }

  /** What is out of step, or whose request is not out, is never asked again (guarantee F8). */
  #complete(inStep: boolean) {
    const call = this.#call as Call
    const answer = this.#answer as Answer
    const isReusable = inStep && answer.persistent && !this.#sending
    if (isReusable) this.#rest(answer.keepAliveSeconds)
    else this.#socket.destroy()
    this.#call = null
    this.#answer = null
    if (this.#sending) call.options.body?.destroy()
    call.succeed()
  }

  #rest(keepAliveSeconds: number | null) {
    const told = keepAliveSeconds === null ? Number.POSITIVE_INFINITY : keepAliveSeconds * 1000
    const idleMs = Math.min(this.#destination.keepAliveMs, told - marginMs)
    this.#call = null
    this.#answer = null
    this.#idleUntil = performance.now() + idleMs
    // The last answer may have been paused to its end.
    if (this.#isPaused) this.resume()
    this.#owner.idle(this)
  }

  #ended() {
    if (this.#answer?.endsWithConnection) this.#complete(false)
    else this.#lost(closed())
  }

  /** The upstream has closed it, or the network has. */
  #lost(error: Error) {
    const call = this.#call
    const hasCrossed = performance.now() - this.#reusedAt < crossingMs
    if (!(hasCrossed && this.#answer?.isUnbegun && call?.isRepeatable)) return this.breakOff(error)
    call.repeat()
    this.#call = null
    this.#answer = null
    this.#socket.destroy()
    this.#owner.missed(call)
  }

  breakOff(error: Error) {
    const call = this.#call
    this.#call = null
    this.#answer = null
    this.#socket.destroy()
    call?.fail(error)
  }

  pause() {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume() {
    this.#isPaused = false
    this.#socket.resume()
  }

  keep(): () => void {
    return this.#memory.keep()
  }
}
