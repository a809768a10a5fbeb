import type { Socket } from 'node:net'
import { countPassed } from '../http/request-body.ts'
import type { StreamEnd } from '../sse/open-streams.ts'
import { closeCodes, closeFrame, createFrames } from './frames.ts'

interface Ends {
  from: Socket
  to: Socket
  /** In which role the gateway writes to `to`. */
  as: 'client' | 'server'
  /** Told whenever bytes pass. */
  moved: () => void
}

export type Lane = ReturnType<typeof createLane>

/** One direction of a tunnel: bytes pass untouched, no faster than they are taken, and so does the end. */
export function createLane({ from, to, as, moved }: Ends) {
  const frames = createFrames()
  let bytes = 0
  let lastFrame: Buffer | null = null
  let ended = false

  function write(chunk: Buffer) {
    bytes += chunk.length
    countPassed(chunk.length)
    if (!to.write(chunk)) from.pause()
  }

  /** Nothing follows a close frame, be it ours or the peer's own. */
  function end() {
    if (ended) return
    ended = true
    if (lastFrame && frames.between() && !frames.closed()) to.write(lastFrame)
    to.end()
    // What still comes is dropped, so that the end of it can be seen.
    from.resume()
  }

  function take(chunk: Buffer) {
    if (ended) return
    moved()
    if (lastFrame === null) {
      frames.pass(chunk)
      return write(chunk)
    }
    write(chunk.subarray(0, frames.complete(chunk)))
    if (frames.between()) end()
  }

  return {
    /** Begins; `early` came before, and the end of `from` may have come as well. */
    start(early: Buffer) {
      from.on('data', take).on('end', end).resume()
      to.on('drain', () => from.resume())
      if (early.length > 0) take(early)
      if (from.readableEnded) end()
    },
    /** Ends with a close frame, as soon as one can stand: where the frame that is under way ends. */
    close(code: number, reason: string) {
      lastFrame ??= closeFrame(code, reason, as)
      if (frames.between()) end()
    },
    bytes: () => bytes
  }
}

interface Options {
  client: Socket
  upstream: Socket
  /** What the client sent before there was a tunnel. */
  early: Buffer
  /** Longest silence, in ms. */
  idleMs: number
  /** Told once, when both ends are closed. */
  over: (end: TunnelEnd) => void
}

export interface TunnelEnd {
  /** Why it ended where it was not the two ends' own wish. */
  reason: string | null
  /** Bytes that went to the upstream. */
  received: number
  /** Bytes that went to the client. */
  sent: number
}

/** Time for both ends to say goodbye, in ms. */
const goodbyeMs = 1000
const none = Buffer.alloc(0)

/** RFC 6455 7.4.1: a client comes back after 1001, and knows that it need not after 1008. */
const codeFor = (why: StreamEnd | 'idle') =>
  why === 'session-ended' ? closeCodes.policyViolation : closeCodes.goingAway

/**
 * Carries bytes both ways between two sockets until both are closed. The end of one direction is passed on, and so
 * is a reset. Gives the way to close it from here.
 */
export function openTunnel({ client, upstream, early, idleMs, over }: Options) {
  let reason: string | null = null
  let open = 2
  const idle = setTimeout(() => close('idle'), idleMs)
  const moved = () => void idle.refresh()
  const up = createLane({ from: client, to: upstream, as: 'client', moved })
  const down = createLane({ from: upstream, to: client, as: 'server', moved })

  function destroy() {
    client.destroy()
    upstream.destroy()
  }

  function close(why: StreamEnd | 'idle') {
    reason ??= why
    clearTimeout(idle)
    down.close(codeFor(why), why)
    up.close(codeFor(why), why)
    setTimeout(destroy, goodbyeMs).unref()
  }

  function closed(end: Socket, other: Socket, broken: string) {
    const whole = end.readableEnded && !end.errored
    if (!whole) reason ??= broken
    if (whole) other.destroySoon()
    else other.resetAndDestroy()
    open -= 1
    if (open > 0) return
    clearTimeout(idle)
    over({ reason, received: up.bytes(), sent: down.bytes() })
  }

  for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', () => {})
  // undici's sockets end both ways with either one.
  upstream.allowHalfOpen = true
  client.on('close', () => closed(client, upstream, 'client-left'))
  upstream.on('close', () => closed(upstream, client, 'upstream-failed'))
  down.start(none)
  up.start(early)
  return close
}
