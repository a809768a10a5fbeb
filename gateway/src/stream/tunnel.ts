import type { Socket } from 'node:net'
import { closeCodes } from './frames.ts'
import { createLane } from './lane.ts'
import type { StreamEnd } from './streams.ts'

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
