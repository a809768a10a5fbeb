import type { Claims } from '../../auth/access-tokens.ts'
import type { RevokedSessions } from '../../auth/session-revocation.ts'

/** Why the gateway ends a stream, as the access log and a WebSocket's close frame say it. */
export type StreamEnd = 'token-expired' | 'session-ended' | 'draining'

interface Deps {
  revoked: RevokedSessions
  now?: () => number
}

/** What one timer can hold, in ms; a token may live longer. */
const longestTimerMs = 2 ** 31 - 1

export type Streams = ReturnType<typeof createStreams>

/**
 * Knows the streams that are open, for they outlive the check of their request: each is ended when its token
 * expires, when its session ends, or when the gateway closes.
 */
export function createStreams({ revoked, now = Date.now }: Deps) {
  const open = new Set<(why: StreamEnd) => void>()
  /** Also those that have been told to end and have not yet. */
  const live = new Set<(why: StreamEnd) => void>()
  const over = Promise.withResolvers<void>()
  let draining = false

  /** Calls `end` when the token expires; gives the way to take that back. */
  function atExpiry({ exp }: Claims, end: (why: StreamEnd) => void): () => void {
    let timer: NodeJS.Timeout
    const wait = () => {
      const leftMs = exp * 1000 - now()
      if (leftMs <= 0) end('token-expired')
      else timer = setTimeout(wait, Math.min(leftMs, longestTimerMs))
    }
    timer = setTimeout(wait, 0)
    return () => clearTimeout(timer)
  }

  return {
    /**
     * Watches a stream; `end` is called once at most, and never before this returns. `claims` are null on a
     * public route. Gives what the stream calls when it is over.
     */
    watch(claims: Claims | null, end: (why: StreamEnd) => void): () => void {
      const releases: (() => void)[] = []
      const release = () => {
        open.delete(close)
        for (const undo of releases.splice(0)) undo()
      }
      const close = (why: StreamEnd) => {
        if (!open.has(close)) return
        release()
        end(why)
      }
      open.add(close)
      live.add(close)
      if (claims) releases.push(atExpiry(claims, close))
      if (claims) releases.push(revoked.onEnd(claims.sid, () => close('session-ended')))
      // The request was let through before its answer came; what happened since counts as well.
      if (claims && revoked.has(claims.sid)) setImmediate(close, 'session-ended')
      if (draining) setImmediate(close, 'draining')
      return () => {
        release()
        live.delete(close)
        if (draining && live.size === 0) over.resolve()
      }
    },
    /** Ends all streams, and those that begin from now on. */
    closeAll() {
      draining = true
      for (const close of [...open]) close('draining')
    },
    /** Resolves when all streams that `closeAll` found are over, and told in the log. */
    async allOver() {
      if (live.size > 0) await over.promise
    }
  }
}
