import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'

/** A client that moves fewer bytes than this in so many ms, while the app drains, is not waited for. */
const leastBytes = 5 * 1024
const mostStalledMs = 5000
const lookMs = 500
/** Of the time until the hard stop, when what is still under way is ended here: its lines of the log are written then. */
const lastShare = 0.9

/** Node keeps the answer that is under way on a connection here, and how much of it the system has not taken there. */
type Connection = Socket & {
  _httpMessage?: ServerResponse | null
  _handle?: { writeQueueSize?: number } | null
}

/** Grows with whatever the system takes for a client, in bytes, also of one large piece. */
export function bytesTaken({ bytesWritten, writableLength, _handle: handle }: Connection): number {
  return bytesWritten - writableLength - (handle?.writeQueueSize ?? 0)
}

/** Whether it is the client's turn: to take an answer, or to send the rest of a request that is being read. */
function isAwaited(socket: Connection): boolean {
  const { _httpMessage: answer } = socket
  if (!answer || socket.writableLength > 0) return true
  return !answer.req.complete && answer.req.readableFlowing === true
}

/** Cuts off who takes next to nothing of an answer, or sends next to nothing of a request. */
function giveUpSlow(sockets: ReadonlySet<Socket>) {
  const seen = new Map<Socket, { moved: number; since: number }>()
  return () => {
    const now = performance.now()
    for (const socket of sockets) {
      const moved = socket.bytesRead + bytesTaken(socket)
      const before = seen.get(socket)
      if (!isAwaited(socket)) seen.delete(socket)
      else if (!before || moved - before.moved >= leastBytes)
        seen.set(socket, { moved, since: now })
      else if (now - before.since >= mostStalledMs) socket.destroy()
    }
  }
}

/**
 * Sees to it that an app that drains is done before the hard stop, in ms from now: slow clients are cut off, and
 * shortly before it whatever is left. Who waits for an answer that is being made is left alone until then.
 */
export function abortInTime(
  sockets: ReadonlySet<Socket>,
  hardStopMs: number,
  log: Pick<FastifyBaseLogger, 'warn'>
) {
  setInterval(giveUpSlow(sockets), lookMs).unref()
  const last = () => {
    if (sockets.size === 0) return
    log.warn(
      { connections: sockets.size },
      'requests under way do not end in time; the process ends now'
    )
    for (const socket of sockets) socket.destroy()
  }
  setTimeout(last, hardStopMs * lastShare).unref()
}
